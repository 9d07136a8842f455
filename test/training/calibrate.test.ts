import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { mlpVae } from '../../src/models/mlp-vae';
import { spreadRows } from '../../src/training/calibrate';
import { ema } from '../../src/training/callbacks/ema';
import { VaeTrainer } from '../../src/training/trainer';
import { describeBackends } from '../support/backends';
import { expectClose } from '../support/expect-close';
import { pixels } from '../support/networks';

const SIZE = 6;
const data = (count = 44) => ({ values: pixels(count, SIZE), shape: [count, SIZE] });
const make = () =>
  mlpVae({ inputShape: [SIZE], latentDim: 2, hidden: [8], seed: 1, decoder: { sigma: 'optimal', mean: 'sigmoid' } });
const varianceOf = (vae: ReturnType<typeof make>) => vae.variables()['decoder/sigma/variance']!.dataSync()[0]!;

/** With σ² = the mean squared error of the very data, the negative log-likelihood is D/2·(log 2πσ² + 1). */
const least = (variance: number) => (SIZE / 2) * (Math.log(2 * Math.PI * variance) + 1);

describeBackends('the σ² of the training set', () => {
  test('is that of the weights at the end of each epoch, whatever the batches, and validation uses it', async () => {
    for (const batchSize of [8, 64]) {
      const vae = make();
      const trainer = new VaeTrainer({ model: vae, seed: 1, learningRate: 0.02 });
      const { history } = await trainer.fit(data(), { epochs: 3, batchSize, validationData: data() });
      const expected = least(varianceOf(vae));
      expectClose([history['val_reconstruction']!.at(-1)!], [expected]);
      expectClose([(await trainer.evaluate(data())).reconstruction], [expected]);
      trainer.dispose();
      vae.dispose();
    }
  });

  test('without validation too; masked and weighted elements count for what they are', async () => {
    const vae = make();
    const trainer = new VaeTrainer({ model: vae, seed: 1 });
    const mask = { values: Float32Array.from({ length: 44 * SIZE }, (_, i) => (i % 3 ? 1 : 0)), shape: [44, SIZE] };
    const weights = { values: Float32Array.from({ length: 44 }, (_, i) => i % 4), shape: [44] };
    const masked = { x: data(), mask, weights };
    await trainer.fit(masked, { epochs: 2, batchSize: 8 });
    const { reconstruction } = await trainer.evaluate(masked);
    expectClose([reconstruction], [(least(varianceOf(vae)) * 2) / 3]);
    trainer.dispose();
    vae.dispose();
  });

  test('belongs to the averaged weights where validation runs on them', async () => {
    const vae = make();
    const trainer = new VaeTrainer({ model: vae, seed: 1, learningRate: 0.05 });
    const average = ema({ decay: 0.9 });
    const { history } = await trainer.fit(data(), {
      epochs: 2,
      batchSize: 8,
      validationData: data(),
      callbacks: average,
    });
    expectClose([history['val_reconstruction']!.at(-1)!], [least(varianceOf(vae))]);
    average.dispose();
    trainer.dispose();
    vae.dispose();
  });

  test('comes from calibrate() after streams and after steps of a loop, which leaves nothing behind', async () => {
    const vae = make();
    const trainer = new VaeTrainer({ model: vae, seed: 1, learningRate: 0.02 });
    const stream = () => [data(16), data(28)].map(x => ({ x }));
    await trainer.fit(stream, { epochs: 2 });
    const lagging = varianceOf(vae);
    const before = tf.memory().numTensors;
    await trainer.calibrate(data(), { batchSize: 8 });
    expect(tf.memory().numTensors).toBe(before);
    expect(varianceOf(vae)).not.toBe(lagging);
    expectClose([(await trainer.evaluate(data())).reconstruction], [least(varianceOf(vae))]);
    await trainer.calibrate(stream);
    expect(tf.memory().numTensors).toBe(before);
    trainer.dispose();
    vae.dispose();
  });

  test('excludes steps, fits and others of its kind while it runs', async () => {
    const vae = make();
    const trainer = new VaeTrainer({ model: vae, seed: 1 });
    const running = trainer.calibrate(data(), { batchSize: 8 });
    const x = tf.zeros([8, SIZE]);
    expect(() => trainer.step({ x })).toThrow('VaeTrainer.step: this trainer is calibrating; await it');
    await expect(trainer.calibrate(data())).rejects.toThrow('calibrate: this trainer is calibrating');
    await expect(trainer.fit(data(), { epochs: 1 })).rejects.toThrow('fit: this trainer is calibrating');
    x.dispose();
    await running;
    await trainer.fit(data(), { epochs: 1 });
    trainer.dispose();
    vae.dispose();
  });

  test('a model in which examples do not depend on others is not run', async () => {
    const vae = mlpVae({ inputShape: [SIZE], latentDim: 2, hidden: [8], seed: 1 });
    const trainer = new VaeTrainer({ model: vae, seed: 1 });
    const weights = Object.values(vae.variables()).map(v => v.dataSync());
    await trainer.calibrate(data());
    expect(Object.values(vae.variables()).map(v => v.dataSync())).toEqual(weights);
    trainer.dispose();
    vae.dispose();
  });

  test('training that goes on does not depend on it: σ² of a step is that of its batch', async () => {
    const trained = async (epochs: number[]) => {
      const vae = make();
      const trainer = new VaeTrainer({ model: vae, seed: 1 });
      for (const n of epochs) {
        await trainer.fit(data(), { epochs: n, batchSize: 8 });
        await trainer.calibrate(data(10));
      }
      const kernel = vae.variables()['decoder/0/kernel'] ?? Object.values(vae.variables())[0]!;
      const values = Array.from(kernel.dataSync());
      trainer.dispose();
      vae.dispose();
      return values;
    };
    expect(await trained([1, 1])).toEqual(await trained([2]));
  });
});

test('large data are looked at in batches spread over the whole, about 10,000 examples', () => {
  expect(spreadRows(10_000, 128)).toBeUndefined();
  const rows = spreadRows(60_001, 128)!;
  expect(rows.length).toBe(79 * 128);
  expect(new Set(rows).size).toBe(rows.length);
  expect(rows.every((row, i) => row < 60_001 && (i === 0 || row > rows[i - 1]!))).toBe(true);
  expect(rows.at(-1)).toBeGreaterThan(58_000);
});
