import * as tf from '@tensorflow/tfjs';
import { convVae, mlpVae, prepareBackend, sprites, toTensor, type Vae, VaeTrainer } from 'tfjs-vae';
import { expect, test } from 'vitest';
import { describeBackends } from './backends';

const { images } = sprites({ count: 64, size: 8, seed: 3 });
const networks: [string, () => Vae][] = [
  ['mlpVae', () => mlpVae({ inputShape: [8, 8, 1], latentDim: 2, hidden: [32], seed: 1 })],
  ['convVae', () => convVae({ inputShape: [8, 8, 1], latentDim: 2, filters: [4, 8], seed: 1 })],
];

describeBackends('training', backend => {
  test('prepareBackend reports the active backend', async () => {
    const report = await prepareBackend();
    expect(report.backend).toBe(backend);
  });

  test.each(networks)('%s: the loss falls, no step leaks', async (_, make) => {
    const before = tf.memory().numTensors;
    const model = make();
    const trainer = new VaeTrainer({ model, learningRate: 1e-2, seed: 2 });
    await trainer.prepare();
    const x = toTensor(images);
    const losses: number[] = [];
    let settled = 0;
    for (let step = 0; step < 25; step++) {
      const { loss, reconstruction, elbo, kl, metrics } = trainer.step({ x });
      losses.push((await loss.data())[0]!);
      tf.dispose([loss, reconstruction, elbo, kl, metrics] as tf.TensorContainer);
      if (step === 1) settled = tf.memory().numTensors;
    }
    expect(tf.memory().numTensors).toBe(settled);
    expect(losses.every(Number.isFinite)).toBe(true);
    expect(losses.at(-1)).toBeLessThan(0.8 * losses[0]!);
    x.dispose();
    trainer.dispose();
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  test('fit gives a finite history and evaluates', async () => {
    const before = tf.memory().numTensors;
    const model = mlpVae({ inputShape: [8, 8, 1], latentDim: 2, hidden: [32], seed: 1 });
    const trainer = new VaeTrainer({ model, learningRate: 1e-2, seed: 2 });
    const { history } = await trainer.fit(images, { epochs: 4, batchSize: 24, validationData: images });
    for (const key of ['loss', 'elbo', 'val_loss', 'val_elbo']) {
      expect(history[key]).toHaveLength(4);
      expect(history[key]!.every(Number.isFinite)).toBe(true);
    }
    expect(history['val_elbo']!.at(-1)).toBeGreaterThan(history['val_elbo']![0]!);
    trainer.dispose();
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

test('the first steps on webgl and webgpu are those of the cpu', async () => {
  const run = async (backend: string) => {
    if (!(await tf.setBackend(backend))) return undefined;
    const model = mlpVae({ inputShape: [8, 8, 1], latentDim: 2, hidden: [32], seed: 1 });
    const trainer = new VaeTrainer({ model, seed: 2 });
    await trainer.prepare();
    const x = toTensor(images);
    const losses: number[] = [];
    for (let step = 0; step < 10; step++) {
      const { loss, reconstruction, elbo, kl } = trainer.step({ x });
      losses.push((await loss.data())[0]!);
      tf.dispose([loss, reconstruction, elbo, kl] as tf.TensorContainer);
    }
    tf.dispose(x);
    trainer.dispose();
    model.dispose();
    return losses;
  };
  const expected = (await run('cpu'))!;
  for (const backend of ['webgl', 'webgpu']) {
    const losses = await run(backend).catch(() => undefined);
    losses?.forEach((loss, i) => {
      expect(Math.abs(loss / expected[i]! - 1), `${backend}, step ${i}`).toBeLessThan(1e-4);
    });
  }
});
