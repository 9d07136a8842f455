import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { type FileStore, memoryStore } from '../../src/data/file-store';
import { sprites } from '../../src/datasets/sprites';
import { Dropout } from '../../src/layers/dropout';
import { GaussianDecoder } from '../../src/models/gaussian-decoder';
import { GaussianEncoder } from '../../src/models/gaussian-encoder';
import { mlpVae } from '../../src/models/mlp-vae';
import { Vae } from '../../src/models/vae';
import { elboObjective } from '../../src/objectives/elbo-objective';
import { Adam } from '../../src/optimizers/adam';
import { AdamW } from '../../src/optimizers/adam-w';
import { linearSchedule } from '../../src/schedules/linear';
import { checkpoint } from '../../src/training/callbacks/checkpoint';
import type { History } from '../../src/training/history';
import type { FitOptions } from '../../src/training/options';
import { VaeTrainer } from '../../src/training/trainer';
import { describeBackends } from '../support/backends';

const { images } = sprites({ count: 50, size: 8, seed: 3 });
const BATCH = 8; // 7 steps an epoch, the last of two examples

/** Batch statistics, keyed noise, a running σ² and schedules: all that a checkpoint must bring back. */
function make(): VaeTrainer {
  const dense = (units: number, seed: number) =>
    tf.layers.dense({ units, kernelInitializer: tf.initializers.glorotUniform({ seed }) });
  const x = tf.input({ shape: [8, 8, 1] });
  const through = (layers: tf.layers.Layer[], input: tf.SymbolicTensor) =>
    layers.reduce((h, layer) => layer.apply(h) as tf.SymbolicTensor, input);
  const hidden = through(
    [tf.layers.flatten(), dense(9, 1), tf.layers.batchNormalization(), new Dropout({ rate: 0.3 })],
    x,
  );
  const z = tf.input({ shape: [2] });
  const output = through(
    [dense(7, 2), new Dropout({ rate: 0.2 }), dense(64, 3), tf.layers.reshape({ targetShape: [8, 8, 1] })],
    z,
  );
  const model = new Vae({
    encoder: new GaussianEncoder({ network: tf.model({ inputs: x, outputs: hidden }), latentDim: 2, seed: 4 }),
    decoder: new GaussianDecoder({ network: tf.model({ inputs: z, outputs: output }), sigma: 'optimal' }),
  });
  return new VaeTrainer({
    model,
    objective: elboObjective({ beta: linearSchedule({ from: 0, to: 1, steps: 15 }) }),
    optimizer: new AdamW({ learningRate: linearSchedule({ from: 0.01, to: 0.001, steps: 20 }) }),
    clipNorm: 50,
    seed: 9,
  });
}

type Reached = { history: History; weights: Record<string, number[]>; slots: Record<string, number[]> };

function reachedBy(trainer: VaeTrainer, history: History): Reached {
  const numbers = (variables: Record<string, tf.Variable>) =>
    Object.fromEntries(Object.entries(variables).map(([path, v]) => [path, Array.from(v.dataSync())]));
  return { history, weights: numbers(trainer.model.variables()), slots: numbers(trainer.optimizer.variables()) };
}

function release(trainer: VaeTrainer): void {
  trainer.dispose();
  trainer.model.dispose?.();
}

const options: FitOptions = { totalEpochs: 3, batchSize: BATCH, validationData: images };

async function unbroken(): Promise<Reached> {
  const trainer = make();
  const reached = reachedBy(trainer, await trainer.fit(images, options));
  release(trainer);
  return reached;
}

/** Trains in pieces, each by a new trainer, which knows the others by their checkpoints alone. */
async function inPieces(store: FileStore, stops: readonly number[]): Promise<Reached> {
  for (const stop of [...stops, Number.POSITIVE_INFINITY]) {
    const trainer = make();
    await trainer.resume(store);
    const stopping = { setTrainer: () => {}, onStep: () => void (trainer.steps === stop && trainer.stop()) };
    const history = await trainer.fit(images, { ...options, callbacks: [stopping, checkpoint({ store })] });
    if (stop === Number.POSITIVE_INFINITY) {
      const reached = reachedBy(trainer, history);
      release(trainer);
      return reached;
    }
    release(trainer);
  }
  throw new Error('never reached');
}

describeBackends('resume', () => {
  test.each([
    ['within the first epoch', [3]],
    ['at the end of an epoch', [7]],
    ['at the first and the last step of epochs', [1, 6, 8, 13, 14, 20]],
    ['at every step', Array.from({ length: 20 }, (_, i) => i + 1)],
  ])('stopped %s: weights, moments and history are those of the unbroken run, bit for bit', async (_, stops) => {
    const before = tf.memory().numTensors;
    expect(await inPieces(memoryStore(), stops)).toEqual(await unbroken());
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('checkpoints', () => {
  const small = () =>
    new VaeTrainer({ model: mlpVae({ inputShape: [8, 8, 1], latentDim: 2, hidden: [5], seed: 1 }), seed: 2 });
  const fit = (trainer: VaeTrainer, more: Partial<FitOptions> & Parameters<typeof checkpoint>[0]) =>
    trainer.fit(images, { totalEpochs: 3, batchSize: BATCH, validationData: images, callbacks: checkpoint(more) });

  test('the last two stay, and the best', async () => {
    const store = memoryStore();
    const trainer = small();
    const { history } = await fit(trainer, { store, monitor: 'val_elbo' });
    const best = 7 * (1 + history['val_elbo']!.indexOf(Math.max(...history['val_elbo']!)));
    expect((await store.list()).sort()).toEqual(
      [`best-${String(best).padStart(12, '0')}`, 'step-000000000014', 'step-000000000021'].map(n => `${n}.safetensors`),
    );
    release(trainer);
  });

  test('back to the best one', async () => {
    const store = memoryStore();
    const trainer = small();
    const { history } = await fit(trainer, { store, monitor: 'val_kl', mode: 'max' });
    const best = history['val_kl']!.indexOf(Math.max(...history['val_kl']!));
    expect(await trainer.resume(store, { which: 'best' })).toMatchObject({ epochs: best + 1, steps: 7 * (best + 1) });
    expect((await trainer.evaluate(images, { batchSize: BATCH })).kl).toBe(history['val_kl']![best]);
    expect(await trainer.resume(memoryStore(), { which: 'best' })).toBeUndefined();
    release(trainer);
  });

  test('by steps, between epochs, and at the end', async () => {
    const store = memoryStore();
    const trainer = small();
    await fit(trainer, { store, every: { steps: 5 }, keep: 10 });
    expect((await store.list()).map(name => Number.parseInt(name.slice(5), 10))).toEqual([5, 10, 15, 20, 21]);
    release(trainer);
  });

  test('a damaged newest one is told, and the one before is taken', async () => {
    const store = memoryStore();
    const trainer = small();
    await fit(trainer, { store });
    const names = (await store.list()).sort();
    const bytes = await store.read(names[1]!);
    bytes[bytes.length - 3]! ^= 1;
    await store.write(names[1]!, bytes);
    const resumed = await trainer.resume(store);
    expect(resumed).toMatchObject({ steps: 14, epochs: 2, name: names[0] });
    expect(resumed!.damaged).toMatchObject([{ name: names[1], reason: expect.stringContaining('checksum') }]);
    await store.write(names[0]!, bytes.subarray(0, 100));
    await expect(trainer.resume(store)).rejects.toThrow('every checkpoint in memory is damaged');
    release(trainer);
  });

  test('an empty store: nothing, and training starts at the beginning', async () => {
    const trainer = small();
    expect(await trainer.resume(memoryStore())).toBeUndefined();
    expect(trainer.steps).toBe(0);
    release(trainer);
  });

  test('a checkpoint of another model is refused, and nothing is changed', async () => {
    const store = memoryStore();
    const trainer = small();
    await fit(trainer, { store });
    const other = new VaeTrainer({
      model: mlpVae({ inputShape: [8, 8, 1], latentDim: 3, hidden: [5], seed: 1 }),
      seed: 5,
    });
    const before = Object.values(other.model.variables()).map(v => Array.from(v.dataSync()));
    await expect(other.resume(store)).rejects.toThrow(
      'model/encoder/head/0/meanKernel is float32 [5,3] here, but float32 [5,2] in the checkpoint',
    );
    const deeper = new VaeTrainer({ model: mlpVae({ inputShape: [8, 8, 1], latentDim: 2, hidden: [5, 5] }) });
    await expect(deeper.resume(store)).rejects.toThrow('it lacks model/encoder/1/kernel');
    expect(Object.values(other.model.variables()).map(v => Array.from(v.dataSync()))).toEqual(before);
    expect(other.seed).toBe(5);
    for (const t of [trainer, other, deeper]) release(t);
  });

  test('what cannot be exact is named: an unseeded dropout of tfjs, an optimizer of tf.train, a stream', async () => {
    const network = tf.sequential({
      layers: [tf.layers.dense({ inputShape: [64], units: 4 }), tf.layers.dropout({ rate: 0.5, name: 'mine' })],
    });
    const model = new Vae({
      encoder: new GaussianEncoder({ network, latentDim: 2 }),
      decoder: new GaussianDecoder({
        network: tf.sequential({ layers: [tf.layers.dense({ inputShape: [2], units: 64 })] }),
        sigma: 1,
      }),
    });
    const trainer = new VaeTrainer({ model, optimizer: tf.train.adam(1e-3) });
    await expect(trainer.snapshot()).rejects.toThrow(
      /the optimizer has no load.*the Dropout layer 'mine' of the encoder has no seed/,
    );
    const { tensors } = await trainer.snapshot({ exact: false });
    tf.dispose(tensors);
    release(trainer);

    const streamed = small();
    const stream = () => [{ values: images.values, shape: images.shape, scale: 1 / 255 }];
    const fitting = streamed.fit(stream, {
      epochs: 1,
      callbacks: checkpoint({ store: memoryStore(), every: { steps: 1 } }),
    });
    await expect(fitting).rejects.toThrow('the data are a stream, which cannot go on within an epoch');
    release(streamed);
  });

  test('a snapshot in memory goes back, as often as one likes', async () => {
    const trainer = small();
    await trainer.fit(images, { epochs: 1, batchSize: BATCH });
    const snapshot = await trainer.snapshot();
    const again = async () => reachedBy(trainer, await trainer.fit(images, { epochs: 1, batchSize: BATCH }));
    const first = await again();
    expect(await trainer.resume(snapshot)).toMatchObject({ steps: 7, epochs: 1 });
    expect(await again()).toEqual(first);
    tf.dispose(snapshot.tensors);
    release(trainer);
  });

  test('state of callbacks comes back; a run without them is refused', async () => {
    const counting = () => {
      let count = 0;
      const shadow = tf.variable(tf.scalar(0) as tf.Tensor, false);
      return {
        name: 'counting',
        state: () => ({ count }),
        variables: () => ({ shadow }),
        loadState(state: unknown, tensors: tf.NamedTensorMap) {
          count = (state as { count: number }).count;
          shadow.assign(tensors['shadow']!);
        },
        onStep: () => {
          count++;
          tf.tidy(() => shadow.assign(tf.add(shadow, 1)));
        },
        seen: () => [count, shadow.dataSync()[0]],
      };
    };
    const store = memoryStore();
    const [first, second] = [counting(), counting()];
    const trainer = small();
    await trainer.fit(images, { epochs: 1, batchSize: BATCH, callbacks: [first, checkpoint({ store })] });
    expect(first.seen()).toEqual([7, 7]);
    const later = small();
    await later.resume(store);
    await expect(later.fit(images, { epochs: 1 })).rejects.toThrow("the state of the callback 'counting'");
    await later.resume(store);
    await later.fit(images, { epochs: 1, batchSize: BATCH, callbacks: [second, checkpoint({ store })] });
    expect(second.seen()).toEqual([14, 14]);
    for (const t of [trainer, later]) release(t);
    tf.dispose([first.variables(), second.variables()]);
  });

  test('a store that fails: a clear error, and the checkpoints before it are whole', async () => {
    const inner = memoryStore();
    let writes = 0;
    const store: FileStore = {
      ...inner,
      async write(name, bytes) {
        if (++writes === 3) throw new Error('ENOSPC: no space left on device');
        await inner.write(name, bytes);
      },
    };
    const trainer = small();
    await expect(fit(trainer, { store })).rejects.toThrow(
      "checkpoint: could not write 'step-000000000021.safetensors' to memory: ENOSPC",
    );
    expect(await trainer.resume(store)).toMatchObject({ steps: 14, damaged: [] });
    release(trainer);
  });

  test('the seed of the run comes back with it', async () => {
    const store = memoryStore();
    const trainer = small();
    await fit(trainer, { store });
    const unseeded = new VaeTrainer({
      model: mlpVae({ inputShape: [8, 8, 1], latentDim: 2, hidden: [5] }),
      optimizer: new Adam(),
    });
    await unseeded.resume(store);
    expect(unseeded.seed).toBe(2);
    for (const t of [trainer, unseeded]) release(t);
  });
});

describe('steps that are not finite', () => {
  test("'skip': the batch counts for nothing, and the log tells how many", async () => {
    const { values, shape } = images;
    const noisy = Float32Array.from(values, v => v / 255);
    const stream = () =>
      Array.from({ length: 4 }, (_, i) => ({
        x: { values: i === 2 ? noisy.map(() => Number.NaN) : noisy, shape },
      }));
    const model = mlpVae({ inputShape: [8, 8, 1], latentDim: 2, hidden: [5], seed: 1, decoder: { sigma: 1 } });
    const trainer = new VaeTrainer({ model, seed: 2 });
    const { history } = await trainer.fit(stream, { epochs: 2, onNonFinite: 'skip' });
    expect(history['skipped']).toEqual([1, 1]);
    expect(history['loss']!.every(Number.isFinite)).toBe(true);
    expect(Object.values(model.variables()).every(v => v.dataSync().every(Number.isFinite))).toBe(true);
    await expect(trainer.fit(stream, { epochs: 1 })).rejects.toThrow(
      'fit: data: batch 2: x holds NaN at example 0; replace it',
    );
    release(trainer);
  });
});
