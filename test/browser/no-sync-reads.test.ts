import * as tf from '@tensorflow/tfjs';
import {
  addNoise,
  convVae,
  dequantisation,
  dynamicBinarisation,
  iwaeObjective,
  mlpVae,
  sprites,
  toTensor,
  type Vae,
  VaeTrainer,
} from 'tfjs-vae';
import { afterEach, expect, test } from 'vitest';
import { describeBackends } from './backends';

type Data = { get(dataId: object): { values?: unknown } };
type Backend = { readSync(dataId: object): unknown; tensorMap?: Data; texData?: Data };

let stop = () => {};

/** Names each read that would wait for the device, and refuses it; what is still on the host may be looked at. */
function watchReads(): string[] {
  const backend = tf.backend() as unknown as Backend;
  const own = backend.readSync;
  const reads: string[] = [];
  backend.readSync = dataId => {
    if ((backend.tensorMap ?? backend.texData)!.get(dataId).values != null) return own.call(backend, dataId);
    const error = new Error('a read that waits');
    reads.push(error.stack!);
    throw error;
  };
  stop = () => {
    backend.readSync = own;
  };
  return reads;
}

describeBackends('no synchronous read', backend => {
  afterEach(() => stop());

  test('the watch sees one', async () => {
    const reads = watchReads();
    const x = tf.tidy(() => tf.add(tf.fill([200], 1), tf.ones([200])));
    expect(() => x.dataSync()).toThrow('waits');
    expect(reads).toHaveLength(1);
    x.dispose();
  });

  const shape = [8, 8, 1];
  const runs: [string, () => Vae, Partial<ConstructorParameters<typeof VaeTrainer>[0]>][] = [
    ['mlpVae', () => mlpVae({ inputShape: shape, latentDim: 2, hidden: [16], seed: 1 }), { clipNorm: 1 }],
    ['convVae', () => convVae({ inputShape: shape, latentDim: 2, filters: [4, 8], seed: 1 }), {}],
    [
      'transforms, IWAE',
      () => mlpVae({ inputShape: shape, latentDim: 2, hidden: [16], seed: 1 }),
      { transforms: [dynamicBinarisation()], objective: iwaeObjective({ samples: 3 }) },
    ],
    [
      "transforms, sigma 'optimal', an optimizer of tfjs",
      () => mlpVae({ inputShape: shape, latentDim: 2, hidden: [16], decoder: { sigma: 'optimal' }, seed: 1 }),
      { transforms: [dequantisation(), addNoise({ stddev: 0.1 })], optimizer: tf.train.adam(1e-3, 0.9, 0.999, 1e-7) },
    ],
  ];

  test.each(runs)('in fit, evaluate and callbacks on sprites: %s', async (_, make, options) => {
    const reads = watchReads();
    const { images } = sprites({ count: 20, size: 8, seed: 3 });
    const model = make();
    const trainer = new VaeTrainer({ model, seed: 2, ...options });
    const seen: string[] = [];
    const note = (name: string) => () => seen.push(name);
    const callbacks = { onBatchEnd: note('batch'), onEpochEnd: note('epoch'), onTrainEnd: note('end') };
    await trainer.fit(images, { epochs: 2, batchSize: 12, validationData: images, callbacks });
    const stream = () => [{ x: toTensor(images) }];
    await trainer.fit(stream, { epochs: 1 });
    await trainer.evaluate(images);
    expect(seen).toEqual(['batch', 'batch', 'epoch', 'batch', 'batch', 'epoch', 'end']);
    expect(reads, `on ${backend}`).toEqual([]);
    trainer.dispose();
    model.dispose();
  });

  test('in what models and the latent tools compute', async () => {
    const reads = watchReads();
    const model = mlpVae({ inputShape: shape, latentDim: 2, hidden: [16], seed: 1 });
    const x = toTensor(sprites({ count: 20, size: 8, seed: 3 }).images);
    tf.dispose([model.reconstruct(x), model.embed(x), model.sample(4, { seed: 1 })]);
    expect(reads).toEqual([]);
    tf.dispose(x);
    model.dispose();
  });
});
