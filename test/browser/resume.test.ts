import * as tf from '@tensorflow/tfjs';
import {
  BernoulliDecoder,
  checkpoint,
  Dropout,
  type FileStore,
  GaussianEncoder,
  memoryStore,
  sprites,
  Vae,
  VaeTrainer,
} from 'tfjs-vae';
import { expect, test } from 'vitest';
import { describeBackends } from './backends';

const { images } = sprites({ count: 40, size: 8, seed: 3 });

/** With batch statistics and dropout. */
function make(): VaeTrainer {
  const seeded = (seed: number) => ({ kernelInitializer: tf.initializers.glorotUniform({ seed }) });
  const { batchNormalization, dense, flatten, reshape } = tf.layers;
  const model = new Vae({
    encoder: new GaussianEncoder({
      network: tf.sequential({
        layers: [flatten({ inputShape: [8, 8, 1] }), dense({ units: 9, ...seeded(1) }), batchNormalization()],
      }),
      latentDim: 2,
      seed: 4,
    }),
    decoder: new BernoulliDecoder({
      network: tf.sequential({
        layers: [
          dense({ inputShape: [2], units: 7, ...seeded(2) }),
          new Dropout({ rate: 0.3 }),
          dense({ units: 64, ...seeded(3) }),
          reshape({ targetShape: [8, 8, 1] }),
        ],
      }),
    }),
  });
  return new VaeTrainer({ model, learningRate: 1e-2, clipNorm: 50, seed: 9 });
}

async function reached(stops: readonly number[], store: FileStore): Promise<unknown> {
  for (const stop of [...stops, -1]) {
    const trainer = make();
    await trainer.resume(store);
    const callbacks = [{ onStep: () => void (trainer.steps === stop && trainer.stop()) }, checkpoint({ store })];
    const history = await trainer.fit(images, { totalEpochs: 2, batchSize: 8, validationData: images, callbacks });
    const variables = { ...trainer.model.variables(), ...trainer.optimizer.variables() };
    const values = await Promise.all(Object.entries(variables).map(async ([path, v]) => [path, [...(await v.data())]]));
    trainer.dispose();
    trainer.model.dispose?.();
    if (stop === -1) return { history, values: Object.fromEntries(values) };
  }
  return undefined;
}

describeBackends('resume', () => {
  test('stopped within an epoch, at its end and in the next: the unbroken run, bit for bit', async () => {
    const before = tf.memory().numTensors;
    expect(await reached([2, 5, 8], memoryStore())).toEqual(await reached([], memoryStore()));
    expect(tf.memory().numTensors).toBe(before);
  });
});
