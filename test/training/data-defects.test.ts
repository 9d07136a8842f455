import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import type { ArrayField } from '../../src/data/array-field';
import { pickRows } from '../../src/data/array-field';
import type { Batch } from '../../src/data/batch';
import type { TrainingData } from '../../src/data/training-data';
import { mlpVae } from '../../src/models/mlp-vae';
import { VaeTrainer } from '../../src/training/trainer';
import { describeBackends } from '../support/backends';
import { pixels, weightsOf } from '../support/networks';

const SIZE = 6;
const COUNT = 8;
const BATCH = 4;

type Given = { x: ArrayField } & { [K in keyof Batch]?: ArrayField };

const full = (shape: number[], value: number) => ({
  values: new Float32Array(shape.reduce((a, b) => a * b)).fill(value),
  shape,
});

/** Data with all fields, of which one value may be set. */
function data(name?: keyof Batch, value = 0, row = 5): Given {
  const fields = {
    x: { values: pixels(COUNT, SIZE), shape: [COUNT, SIZE] },
    target: { values: pixels(COUNT, SIZE, 6), shape: [COUNT, SIZE] },
    condition: full([COUNT, 1], 0.5),
    mask: full([COUNT, SIZE], 1),
    weights: full([COUNT], 1),
    exposure: full([COUNT], 2),
  };
  if (name && name !== 'labels') fields[name].values[(row * fields[name].values.length) / COUNT] = value;
  return fields;
}

const part = (fields: Given, first: number, count: number): Given =>
  Object.fromEntries(
    Object.entries(fields).map(([name, { values, shape }]) => {
      const size = values.length / shape[0]!;
      return [name, { values: values.slice(first * size, (first + count) * size), shape: [count, ...shape.slice(1)] }];
    }),
  ) as unknown as Given;

const tensors = (fields: Given) =>
  Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, pickRows(field, undefined)])) as Batch;

const parts = (fields: Given) => [0, 1].map(i => part(fields, i * BATCH, BATCH));

/** Every form in which data can come; those made of tensors are disposed of as the form says. */
const forms: Record<string, (fields: Given) => TrainingData> = {
  arrays: fields => fields,
  tensors,
  'a stream of arrays': fields => () => parts(fields),
  'a stream of tensors': fields => () =>
    (function* () {
      for (const p of parts(fields)) yield tensors(p);
    })(),
  'an async stream': fields => () =>
    (async function* () {
      for (const p of parts(fields)) yield p;
    })(),
  'a reader': fields => ({
    kind: 'rowReader',
    size: COUNT,
    shapes: Object.fromEntries(Object.entries(fields).map(([name, { shape }]) => [name, shape])) as { x: number[] },
    read: async rows => part(fields, rows[0]!, rows.length),
  }),
  'tf.data': fields =>
    tf.data
      .generator(function* () {
        for (const p of parts(fields)) yield tensors(p) as never;
      })
      .prefetch(2) as never,
};

/** A value that is wrong, and what is said of it after the name of the data. */
const values: [name: keyof Batch, value: number, message: string][] = [
  ['x', Number.NaN, 'x holds NaN at example #; replace it, or give a mask of 0 for it'],
  ['x', Number.POSITIVE_INFINITY, 'x holds Infinity at example #; replace it, or give a mask of 0 for it'],
  ['target', 1.5, 'target holds 1.5 at example #, but the likelihood needs values in [0, 1]'],
  ['target', -0.25, 'target holds -0.25 at example #, but the likelihood needs values in [0, 1]'],
  ['target', Number.NaN, 'target holds NaN at example #; replace it, or give a mask of 0 for it'],
  ['condition', Number.NaN, 'condition holds NaN at example #; replace it'],
  ['condition', Number.NEGATIVE_INFINITY, 'condition holds -Infinity at example #; replace it'],
  ['mask', 2, 'mask holds 2 at example #; it must be 1 for an observed element and 0 for a missing one'],
  ['mask', Number.NaN, 'mask holds NaN at example #; it must be 1 for an observed element and 0 for a missing one'],
  ['weights', -1, 'weights holds -1 at example #; weights must be finite numbers of 0 or more'],
  ['exposure', 0, 'exposure holds 0 at example #; exposure must be positive numbers'],
  ['weights', Number.NaN, 'weights holds NaN at example #; weights must be finite numbers of 0 or more'],
];

const make = () => {
  const model = mlpVae({ inputShape: [SIZE], latentDim: 2, hidden: [5], conditionDim: 1, seed: 1 });
  return { model, trainer: new VaeTrainer({ model, seed: 7 }) };
};
const options = { epochs: 1, batchSize: BATCH, shuffle: false };

async function train(given: TrainingData) {
  const { model, trainer } = make();
  const error = await trainer.fit(given, options).then(
    () => undefined,
    (e: Error) => e.message,
  );
  const weights = weightsOf(model);
  trainer.dispose();
  model.dispose();
  return { error, weights };
}

/** Tensors of the caller's are disposed of by the caller. */
function release(given: TrainingData) {
  if (typeof given === 'object' && 'x' in given) tf.dispose(Object.values(given).filter(v => v instanceof tf.Tensor));
}

describeBackends('a wrong value, in whatever form it comes', () => {
  describe.each(Object.entries(forms))('%s', (form, given) => {
    const isWhole = form === 'arrays' || form === 'tensors';
    const place = (message: string) => (isWhole ? message.replace('#', '5') : `batch 1: ${message.replace('#', '1')}`);

    test('fit refuses it before the weights have moved', async () => {
      const before = tf.memory().numTensors;
      const { model, trainer } = make();
      const untouched = weightsOf(model);
      trainer.dispose();
      model.dispose();
      const { weights: afterGood } = await train(() => [part(data(), 0, BATCH)]);
      for (const [name, value, message] of values) {
        const wrong = given(data(name, value));
        const { error, weights } = await train(wrong);
        expect(error).toContain(`fit: data: ${place(message)}`);
        expect(weights).toEqual(isWhole ? untouched : afterGood);
        release(wrong);
        expect(tf.memory().numTensors).toBe(before);
      }
    });

    test('evaluate refuses it, and so does fit for validation data, by their names', async () => {
      const { model, trainer } = make();
      const before = tf.memory().numTensors;
      for (const [name, value, message] of values) {
        const wrong = given(data(name, value));
        await expect(trainer.evaluate(wrong, { batchSize: BATCH })).rejects.toThrow(
          `evaluate: data: ${place(message)}`,
        );
        release(wrong);
        expect(tf.memory().numTensors).toBe(before);
      }
      const wrong = given(data('x', Number.NaN));
      const fit = trainer.fit(data(), { ...options, validationData: wrong });
      await expect(fit).rejects.toThrow(`fit: validationData: ${place('x holds NaN at example #')}`);
      release(wrong);
      trainer.dispose();
      model.dispose();
    });

    test('what a mask hides may be anything, also where the mask is broadcast', async () => {
      for (const mask of [full([COUNT, SIZE], 1), full([COUNT, 1], 1)]) {
        mask.values.fill(0, (5 * mask.values.length) / COUNT, (6 * mask.values.length) / COUNT);
        const hidden = given({ ...data('x', Number.NaN), target: data('target', 7).target!, mask });
        expect((await train(hidden)).error).toBeUndefined();
        release(hidden);
        const seen = given({ ...data('x', Number.NaN, 2), mask });
        expect((await train(seen)).error).toContain('x holds NaN at example 2');
        release(seen);
      }
    });

    test('weights that are all 0', async () => {
      const weightless = given({ ...data(), weights: full([COUNT], 0) });
      const { model, trainer } = make();
      await expect(trainer.fit(weightless, options)).rejects.toThrow('fit: data: weights are all 0; no example counts');
      const evaluation = trainer.evaluate(weightless, { batchSize: BATCH });
      await expect(evaluation).rejects.toThrow('evaluate: data: weights are all 0; no example counts');
      release(weightless);
      // One batch without weight is good where another has some.
      const half = { ...data(), weights: { values: Float32Array.of(0, 0, 0, 0, 1, 1, 1, 1), shape: [COUNT] } };
      const good = given(half);
      expect((await trainer.evaluate(good, { batchSize: BATCH })).loss).toBeGreaterThan(0);
      release(good);
      trainer.dispose();
      model.dispose();
    });
  });
});
