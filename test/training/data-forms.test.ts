import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import type { Batch } from '../../src/data/batch';
import type { TrainingData } from '../../src/data/training-data';
import { mlpVae } from '../../src/models/mlp-vae';
import { VaeTrainer } from '../../src/training/trainer';
import { describeBackends } from '../support/backends';
import { expectClose } from '../support/expect-close';
import { pixels, pixelTensor } from '../support/networks';

const SIZE = 6;
const COUNT = 10;
const model = (more = {}) => mlpVae({ inputShape: [SIZE], latentDim: 2, hidden: [5], seed: 1, ...more });

async function losses(data: TrainingData, { more = {} } = {}): Promise<number[]> {
  const vae = model(more);
  const trainer = new VaeTrainer({ model: vae, seed: 7 });
  const { history } = await trainer.fit(data, { epochs: 2, batchSize: 4, shuffle: false });
  const { loss } = await trainer.evaluate(data, { batchSize: 4 });
  trainer.dispose();
  vae.dispose();
  return [...history['loss']!, loss];
}

/** The batches of the same data, tensors that the trainer disposes of. */
function* batches(): Generator<tf.Tensor> {
  const values = pixels(COUNT, SIZE);
  for (let i = 0; i < COUNT; i += 4) {
    const rows = values.slice(i * SIZE, (i + 4) * SIZE);
    yield tf.tensor2d(rows, [rows.length / SIZE, SIZE]);
  }
}

async function* asyncBatches(): AsyncGenerator<Batch> {
  for (const x of batches()) {
    await new Promise(resolve => setTimeout(resolve, 0));
    yield { x };
  }
}

describeBackends('forms of data', () => {
  test('tensor, typed array, fields, generators and tf.data give the same history', async () => {
    const before = tf.memory().numTensors;
    const values = pixels(COUNT, SIZE);
    const x = pixelTensor(COUNT, SIZE);
    const expected = await losses(x);
    expect(await losses({ values, shape: [COUNT, SIZE] })).toEqual(expected);
    expect(await losses({ x: { values, shape: [COUNT, SIZE] } })).toEqual(expected);
    expect(await losses(batches)).toEqual(expected);
    expect(await losses(asyncBatches)).toEqual(expected);
    expect(await losses({ [Symbol.iterator]: batches })).toEqual(expected);
    expect(x.isDisposed).toBe(false);
    x.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  test('tf.data.Dataset, of tensors and of fields', async () => {
    const x = pixelTensor(COUNT, SIZE);
    const expected = await losses(x);
    const rows = Array.from({ length: COUNT }, (_, i) =>
      tf.tensor1d(x.dataSync().slice(i * SIZE, (i + 1) * SIZE) as Float32Array),
    );
    expect(await losses(tf.data.array(rows).batch(4) as tf.data.Dataset<tf.Tensor>)).toEqual(expected);
    const fields = tf.data.array(rows.map(row => ({ x: row }))).batch(4) as tf.data.Dataset<{ x: tf.Tensor }>;
    expect(await losses(fields)).toEqual(expected);
  });

  test('bytes with a scale', async () => {
    const bytes = Uint8Array.from(pixels(COUNT, SIZE), v => Math.round(255 * v));
    const floats = Float32Array.from(bytes, v => v / 255);
    const given = { values: bytes, shape: [COUNT, SIZE], scale: 1 / 255 };
    expectClose(await losses(given), await losses({ values: floats, shape: [COUNT, SIZE] }), { tolerance: 1e-5 });
  });

  test('int32 and bool tensors', async () => {
    const binary = tf.round(pixelTensor(COUNT, SIZE));
    const expected = await losses(binary);
    expectClose(await losses(tf.cast(binary, 'int32')), expected, { tolerance: 1e-6 });
    expectClose(await losses(tf.cast(binary, 'bool')), expected, { tolerance: 1e-6 });
  });

  test('condition, mask, weights and target go with their rows, shuffled or not', async () => {
    const x = pixelTensor(COUNT, SIZE);
    const column = (f: (i: number) => number) => tf.tensor1d(Array.from({ length: COUNT }, (_, i) => f(i)));
    const seen: number[][] = [];
    const trainer = new VaeTrainer({
      model: model({ conditionDim: 1 }),
      seed: 7,
      transforms: [
        batch => {
          for (let i = 0; i < batch.x.shape[0]!; i++) {
            const { condition, mask, target, weights, labels } = batch as Required<Batch>;
            seen.push([condition, mask, target, weights, labels].map(t => t.dataSync()[(i * t.size) / t.shape[0]!]!));
          }
          return batch;
        },
      ],
    });
    const data = {
      x,
      target: tf.mul(
        tf.reshape(
          column(i => i / COUNT),
          [COUNT, 1],
        ),
        tf.ones([COUNT, SIZE]),
      ),
      condition: tf.reshape(
        column(i => i),
        [COUNT, 1],
      ),
      mask: tf.reshape(
        column(i => (i % 2 === 0 ? 1 : 0)),
        [COUNT, 1],
      ),
      weights: column(i => 1 + i),
      labels: column(i => 100 + i),
    };
    await trainer.fit(data, { epochs: 1, batchSize: 4 });
    expect(seen.length).toBe(COUNT);
    expect(seen.map(([i]) => i)).not.toEqual([...seen.keys()]);
    for (const [i, mask, target, weight, label] of seen) {
      expectClose([mask!, target!, weight!, label!], [i! % 2 === 0 ? 1 : 0, i! / COUNT, 1 + i!, 100 + i!], {
        tolerance: 1e-6,
      });
    }
  });
});

test('a generator is refused at its second epoch, and an array of tensors too', async () => {
  const trainer = new VaeTrainer({ model: model(), seed: 1 });
  await expect(trainer.fit(batches(), { epochs: 2 })).rejects.toThrow(
    'a generator can be read only once; pass the function that makes it',
  );
  expect(trainer.steps).toBe(3);
  await expect(trainer.fit(asyncBatches(), { epochs: 2 })).rejects.toThrow('a generator can be read only once');
  await expect(trainer.fit([...batches()], { epochs: 2 })).rejects.toThrow(
    'x was disposed of after its step, as tensors of a stream are; pass a function',
  );
  expect((await trainer.fit(batches(), { epochs: 1 })).epoch.length).toBe(4);
});

test('bytes stay bytes until their batch is made', async () => {
  const values = new Uint8Array(400 * SIZE).fill(128);
  const taken: number[] = [];
  const subarray = values.subarray.bind(values);
  const held: number[] = [];
  values.subarray = (start = 0, end = values.length) => {
    taken.push(end - start);
    return subarray(start, end);
  };
  const vae = model();
  const trainer = new VaeTrainer({ model: vae, seed: 1 });
  await trainer.fit(
    { values: new Uint8Array(8 * SIZE), shape: [8, SIZE], scale: 1 / 255 },
    { epochs: 1, batchSize: 8 },
  );
  const before = tf.memory().numBytes;
  const callbacks = {
    onBatchBegin: () => void held.push(tf.memory().numBytes - before),
  };
  await trainer.fit({ values, shape: [400, SIZE], scale: 1 / 255 }, { epochs: 1, batchSize: 8, callbacks });
  expect(taken.every(length => length <= 8 * SIZE)).toBe(true);
  // Nine batches of float32 at most: the one at hand, and reads in flight. The set is 50 batches.
  expect(Math.max(...held)).toBeLessThan(9 * 8 * SIZE * 4);
  trainer.dispose();
  vae.dispose();
});
