import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { batchesOf } from '../../src/data/batches';
import { oneHot } from '../../src/data/one-hot';
import { rawRows } from '../../src/data/raw-rows';
import type { RowReader } from '../../src/data/row-reader';
import { toSource } from '../../src/data/to-source';
import type { TrainingData } from '../../src/data/training-data';
import { mlpVae } from '../../src/models/mlp-vae';
import { Rng } from '../../src/random/rng';
import type { TrainerCallback } from '../../src/training/callbacks';
import { VaeTrainer } from '../../src/training/trainer';
import { describeBackends } from '../support/backends';
import { weightsOf } from '../support/networks';
import { expectNoUnhandledRejections } from '../support/unhandled-rejections';

const SIZE = 6;
const COUNT = 22;
const bytes = Uint8Array.from({ length: COUNT * SIZE }, (_, i) => (i * 73 + (i % SIZE) * 11) % 256);
const inMemory = { values: bytes, shape: [COUNT, SIZE], scale: 1 / 255 };
const stored = () => rawRows(new Blob([bytes]), { shape: [SIZE], dtype: 'uint8', scale: 1 / 255 });

/** A reader that says how far it is, and fails from the given read on. */
function slow({ failAt = Number.POSITIVE_INFINITY } = {}) {
  const reader = stored();
  const state = { begun: 0, pending: 0, aborted: 0 };
  const watched: RowReader = {
    ...reader,
    async read(rows, signal) {
      const mine = state.begun++;
      state.pending++;
      signal?.addEventListener('abort', () => state.aborted++);
      try {
        await new Promise(resolve => setTimeout(resolve, 2));
        if (mine >= failAt) throw new Error(`sector ${mine} is bad`);
        return await reader.read(rows, signal);
      } finally {
        state.pending--;
      }
    },
  };
  return { reader: watched, state };
}

async function collect(data: TrainingData, options: Parameters<typeof batchesOf>[2]) {
  const found = [];
  for await (const { index, batch, rows } of batchesOf('data', await toSource('data', data), options)) {
    found.push({ index, rows: [...rows], dtype: batch.x.dtype, shape: batch.x.shape, x: [...batch.x.dataSync()] });
    batch.x.dispose();
  }
  return found;
}

async function train(data: TrainingData, more: { validation?: TrainingData } = {}) {
  const vae = mlpVae({ inputShape: [SIZE], latentDim: 2, hidden: [5], seed: 1 });
  const trainer = new VaeTrainer({ model: vae, seed: 7 });
  const logs: unknown[] = [];
  const callbacks: TrainerCallback = {
    setParams: params => void logs.push(params),
    onBatchEnd: (batch, log) => void logs.push([batch, log]),
  };
  const history = await trainer.fit(data, {
    epochs: 3,
    batchSize: 5,
    callbacks,
    ...(more.validation && { validationData: more.validation }),
  });
  const result = { history, logs, weights: weightsOf(vae), evaluation: await trainer.evaluate(data, { batchSize: 8 }) };
  trainer.dispose();
  vae.dispose();
  return result;
}

beforeAll(() => tf.setBackend('cpu'));

expectNoUnhandledRejections();

describe('batches of a reader', () => {
  test('are those of the same data in memory, in any order and from any start', async () => {
    for (const options of [
      { batchSize: 5 },
      { batchSize: 5, order: new Rng(3).permutation(COUNT) },
      { batchSize: 5, order: new Rng(4).permutation(COUNT), start: 3 },
      { batchSize: COUNT, order: new Rng(4).permutation(COUNT) },
      { batchSize: 5, start: 5 },
    ]) {
      expect(await collect(stored(), options)).toEqual(await collect(inMemory, options));
    }
    expect(
      (await collect(stored(), { batchSize: 5, start: 3 })).map(({ index, x }) => [index, x.length / SIZE]),
    ).toEqual([
      [3, 5],
      [4, 2],
    ]);
  });

  test('rows come in the order that is given', async () => {
    const order = new Rng(3).permutation(COUNT);
    const found = await collect(stored(), { batchSize: 5, order });
    expect(found.flatMap(({ rows }) => rows)).toEqual([...order]);
    const expected = [...order].flatMap(row => [...bytes.subarray(SIZE * row, SIZE * (row + 1))]);
    expect(found.flatMap(({ x }) => x.map(value => Math.round(255 * value)))).toEqual(expected);
  });

  test('one is read ahead, no more', async () => {
    const { reader, state } = slow();
    const begun: number[] = [];
    for await (const { batch } of batchesOf('data', await toSource('data', reader), { batchSize: 5 })) {
      batch.x.dispose();
      begun.push(state.begun);
    }
    expect(begun).toEqual([2, 3, 4, 5, 5]);
  });

  test('whoever stops leaves no read under way and no tensor', async () => {
    const { reader, state } = slow();
    const before = tf.memory().numTensors;
    for await (const { index, batch } of batchesOf('data', await toSource('data', reader), { batchSize: 5 })) {
      batch.x.dispose();
      if (index === 1) {
        expect(state.pending).toBe(1);
        break;
      }
    }
    expect(state).toEqual({ begun: 3, pending: 0, aborted: 3 });
    expect(tf.memory().numTensors).toBe(before);
  });

  test('a read that failed ahead is thrown at its batch, and not when training has stopped before it', async () => {
    const source = async () => toSource('data', slow({ failAt: 2 }).reader);
    const seen: number[] = [];
    const all = async () => {
      for await (const { index, batch } of batchesOf('fit: data', await source(), { batchSize: 5 })) {
        batch.x.dispose();
        await new Promise(resolve => setTimeout(resolve, 8)); // the read ahead has failed meanwhile
        seen.push(index);
      }
    };
    await expect(all()).rejects.toThrow('fit: data: batch 2: sector 2 is bad');
    expect(seen).toEqual([0, 1]);
    for await (const { index, batch } of batchesOf('fit: data', await source(), { batchSize: 5 })) {
      batch.x.dispose();
      if (index === 1) break;
    }
  });

  test('what is read has to be what was announced', async () => {
    const reader = stored();
    const wrong = (x: unknown) =>
      collect({ ...reader, read: async () => ({ x }) as never }, { batchSize: 5 }).then(() => 'no error', String);
    expect(await wrong({ values: new Uint8Array(24), shape: [4, 6] })).toContain(
      'data: batch 0: the reader announced x [5,6], but read gave [4,6]',
    );
    expect(await wrong(undefined)).toContain('the reader announced x [5,6], but read gave none');
    expect(await wrong({ values: new Uint8Array(24), shape: [5, 6] })).toContain('24 values do not fill the shape');
    const more = { ...reader, read: async (rows: Uint32Array) => ({ ...(await reader.read(rows)), mask: inMemory }) };
    await expect(collect(more, { batchSize: 5 })).rejects.toThrow('announced mask none, but read gave [22,6]');
  });
});

describeBackends('training from a reader', () => {
  test('gives the history, logs, weights and evaluation of the same data in memory, to the bit', async () => {
    const before = tf.memory().numTensors;
    const expected = await train(inMemory, { validation: inMemory });
    expect(await train(stored(), { validation: stored() })).toEqual(expected);
    expect(expected.logs[0]).toMatchObject({ samples: COUNT, steps: 5 });
    expect(tf.memory().numTensors).toBe(before);
  });

  test('an aborted run goes on at its batch', async () => {
    const vae = mlpVae({ inputShape: [SIZE], latentDim: 2, hidden: [5], seed: 1 });
    const trainer = new VaeTrainer({ model: vae, seed: 7 });
    const controller = new AbortController();
    const { reader, state } = slow();
    const callbacks = { onBatchBegin: (batch: number) => batch === 3 && trainer.steps > 5 && controller.abort() };
    await trainer.fit(reader, { epochs: 3, batchSize: 5, signal: controller.signal, callbacks });
    expect([trainer.steps, state.pending]).toEqual([9, 0]);
    const history = await trainer.fit(stored(), { epochs: 2, batchSize: 5 });
    const unbroken = await train(inMemory);
    expect([history, weightsOf(vae)]).toEqual([unbroken.history, unbroken.weights]);
    trainer.dispose();
    vae.dispose();
  });
});

describe('fit with a reader', () => {
  const trainer = (more = {}) =>
    new VaeTrainer({ model: mlpVae({ inputShape: [SIZE], latentDim: 2, hidden: [5], seed: 1, ...more }), seed: 7 });

  test('an error of a read names the batch, leaks nothing, and training can go on', async () => {
    const t = trainer();
    await t.fit(inMemory, { epochs: 1, batchSize: 5 });
    const before = tf.memory().numTensors;
    const { reader, state } = slow({ failAt: 3 });
    await expect(t.fit(reader, { epochs: 1, batchSize: 5 })).rejects.toThrow('fit: data: batch 3: sector 3 is bad');
    expect([state.pending, tf.memory().numTensors]).toEqual([0, before]);
    const { epoch } = await t.fit(stored(), { epochs: 1, batchSize: 5 });
    expect(epoch).toEqual([0, 1]);
  });

  test('shapes are checked before anything is read', async () => {
    const { reader, state } = slow();
    const t = trainer({ inputShape: [SIZE + 1] });
    await expect(t.fit(reader, { epochs: 1 })).rejects.toThrow(
      'fit: data: x must be [batch, 7] for this model, got [22,6]',
    );
    await expect(trainer({ conditionDim: 3 }).fit(reader, { epochs: 1 })).rejects.toThrow('the model is conditional');
    expect(state.begun).toBe(0);
  });

  test('values out of range are found at their batch', async () => {
    const unscaled = rawRows(new Blob([bytes]), { shape: [SIZE], dtype: 'uint8' });
    await expect(trainer().fit(unscaled, { epochs: 1, batchSize: 5 })).rejects.toThrow(
      /^fit: data: batch 0: x holds \d+ at example \d+, but the likelihood needs values in \[0, 1\]/,
    );
    const floats = Float32Array.from(bytes, v => v / 255);
    floats[5 * SIZE * 2 + 3] = Number.NaN;
    const broken = rawRows(new Blob([floats]), { shape: [SIZE], dtype: 'float32' });
    const t = trainer();
    await expect(t.fit(broken, { epochs: 1, batchSize: 5, shuffle: false })).rejects.toThrow(
      'fit: data: batch 2: x holds NaN at example 0; replace it',
    );
    await expect(t.evaluate(broken, { batchSize: 5 })).rejects.toThrow(
      'evaluate: data: batch 2: x holds NaN at example 0; replace it',
    );
  });

  test('a reader made of another adds fields', async () => {
    const reader = stored();
    const conditional: RowReader = {
      ...reader,
      shapes: { ...reader.shapes, condition: [COUNT, 3] },
      read: async (rows, signal) => ({
        ...(await reader.read(rows, signal)),
        condition: oneHot(
          rows.map(row => row % 3),
          3,
        ),
      }),
    };
    const whole = {
      x: inMemory,
      condition: oneHot(
        Array.from({ length: COUNT }, (_, i) => i % 3),
        3,
      ),
    };
    const losses = async (data: TrainingData) => (await trainer({ conditionDim: 3 }).fit(data, { epochs: 2 })).history;
    expect(await losses(conditional)).toEqual(await losses(whole));
  });
});
