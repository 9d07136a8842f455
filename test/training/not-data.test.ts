import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { idxRows } from '../../src/data/idx-rows';
import { oneHot } from '../../src/data/one-hot';
import { rawRows } from '../../src/data/raw-rows';
import { splitDataset } from '../../src/data/split-dataset';
import { toTensor } from '../../src/data/to-tensor';
import { addNoise, dequantisation } from '../../src/data/transforms';
import { mlpVae } from '../../src/models/mlp-vae';
import { VaeTrainer } from '../../src/training/trainer';
import { pixels, pixelTensor, weightsOf } from '../support/networks';

const SIZE = 6;
const field = () => ({ values: pixels(4, SIZE), shape: [4, SIZE] });
const make = (transforms: never[] = []) => {
  const model = mlpVae({ inputShape: [SIZE], latentDim: 2, hidden: [5], seed: 1 });
  return { model, trainer: new VaeTrainer({ model, seed: 7, transforms }) };
};
const disposed = () => {
  const x = pixelTensor(4, SIZE);
  x.dispose();
  return x;
};
const rows = [
  [0, 1, 0, 1, 0, 1],
  [1, 0, 1, 0, 1, 0],
];

beforeAll(() => tf.setBackend('cpu'));

/** Data that are not any, and what is said of them after `fit: data: `. */
const whole: [string, () => unknown, string][] = [
  ['a number', () => 5, 'got the number 5'],
  ['a path', () => 'images.csv', "got the string 'images.csv'"],
  ['true', () => true, 'got the boolean true'],
  ['null', () => null, 'got null'],
  ['rows of numbers', () => rows, 'got an array of numbers; write tf.tensor(…) of it'],
  ['numbers', () => rows[0], 'got an array of numbers; write tf.tensor(…) of it'],
  [
    'a bare typed array',
    () => pixels(4, SIZE),
    'got a Float32Array without a shape; write { values, shape: [count, …event] }',
  ],
  ['bytes', () => new Uint8Array(24).buffer, 'got an ArrayBuffer; write { values: new Float32Array(buffer)'],
  ['a promise', () => Promise.resolve(field()), 'got a promise; await it first'],
  ['other names', () => ({ images: field(), labels: field() }), 'got an object with the keys images, labels'],
  ['a model', () => tf.sequential(), 'got an object with the keys'],
  ['a reader without kind', () => ({ size: 4, read: () => {} }), "a RowReader has kind: 'rowReader'"],
  [
    'an array of BigInts',
    () => ({ values: new BigInt64Array(24), shape: [4, SIZE] }),
    'got BigInt64Array; write Float32Array.from(values, Number)',
  ],
  [
    'nested values',
    () => ({ values: rows, shape: [2, SIZE] }),
    'got an array; write Float32Array.from(values.flat(Infinity))',
  ],
  ['a misspelt scale', () => ({ ...field(), scael: 1 / 255 }), 'x: unknown option scael; write scale'],
  ['a scale that is none', () => ({ ...field(), scale: Number.NaN }), 'x: scale must be a finite number, got NaN'],
  ['a misspelt field', () => ({ x: field(), weight: tf.ones([4]) }), 'unknown field weight; write weights'],
  ['a name of Keras', () => ({ x: field(), sampleWeight: tf.ones([4]) }), 'unknown field sampleWeight; write weights'],
  [
    'x of rows',
    () => ({ x: rows }),
    'x must be a tensor or { values, shape }, got an array of numbers; write tf.tensor(…) of it',
  ],
  [
    'x of a typed array',
    () => ({ x: pixels(4, SIZE) }),
    'x must be a tensor or { values, shape }, got a Float32Array without a shape',
  ],
  [
    'x of a data set',
    () => ({ x: tf.data.array([1]) }),
    'x must be a tensor or { values, shape }, got a tf.data.Dataset',
  ],
  [
    'weights that are null',
    () => ({ x: field(), weights: null }),
    'weights must be a tensor or { values, shape }, got null',
  ],
  ['a disposed tensor', disposed, 'x was disposed of before it was read; keep it until training has ended'],
  [
    'a complex tensor',
    () => tf.complex(tf.zeros([4, SIZE]), tf.zeros([4, SIZE])),
    'x is complex; give tf.real, tf.imag or tf.abs of it',
  ],
  ['a tensor of strings', () => tf.tensor(['a', 'b']), 'x must hold numbers, got a tensor of strings'],
  [
    'an async function',
    () => async () => [field()],
    'the function must return an iterable of batches, got a promise; write async function*',
  ],
  ['a function that returns nothing', () => () => {}, 'the function must return an iterable of batches, got undefined'],
  [
    'an iterable without iterator',
    () => ({ [Symbol.iterator]: () => ({}) }),
    'the iterable must return an iterator with a method next',
  ],
  [
    'an iterator that gives nothing',
    () => ({ [Symbol.iterator]: () => ({ next() {} }) }),
    'batch 0: next() must return { done, value }, got undefined',
  ],
];

/** Elements of a stream that are not batches, and what is said of them after `fit: data: batch 0: `. */
const elements: [string, () => unknown, string][] = [
  ['nothing', () => undefined, 'a batch must be a tensor, { values, shape } or { x, … }, got undefined'],
  [
    'a promise',
    () => Promise.resolve(field()),
    'a batch must be a tensor, { values, shape } or { x, … }, got a promise; await it first',
  ],
  ['rows of numbers', () => new Map([[rows, 1]]), 'a batch must be a tensor'],
  ['a typed array', () => pixels(4, SIZE), 'got a Float32Array without a shape'],
  ['no example', () => tf.zeros([0, SIZE]), 'x is empty; at least one example is needed'],
  [
    'fields of two lengths',
    () => ({ x: field(), weights: tf.ones([3]) }),
    'fields must have one length, got x 4, weights 3',
  ],
  ['a scalar', () => tf.scalar(1), 'x must be [count, …event], got a scalar'],
  ['a complex tensor', () => tf.complex(tf.zeros([4, SIZE]), tf.zeros([4, SIZE])), 'x is complex'],
  [
    'an array of BigInts',
    () => ({ values: new BigUint64Array(24), shape: [4, SIZE] }),
    'got BigUint64Array; write Float32Array.from',
  ],
  ['a misspelt field', () => ({ x: field(), weight: tf.ones([4]) }), 'unknown field weight; write weights'],
];

const messageOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'no error',
    (error: Error) => error.message,
  );

describe('what is not data is refused in one line, which tells what to write', () => {
  test.each([
    ...whole,
    ...elements.map(([name, given, message]) => [`a stream of: ${name}`, () => () => [given()], message] as const),
  ])('%s', async (name, given, message) => {
    const { model, trainer } = make();
    const before = weightsOf(model);
    const batch = name.startsWith('a stream of') ? 'batch 0: ' : '';
    const asData = await messageOf(trainer.fit(given() as never, { epochs: 1 }));
    const evaluated = await messageOf(trainer.evaluate(given() as never));
    expect([trainer.steps, weightsOf(model)]).toEqual([0, before]);
    // A default stands for validation data that are null or undefined.
    const validation = await messageOf(trainer.fit(field(), { epochs: 1, validationData: (given() ?? 5) as never }));
    for (const [owner, said] of [
      ['fit: data', asData],
      ['evaluate: data', evaluated],
      ['fit: validationData', validation],
    ] as const) {
      expect(said.startsWith(`${owner}: ${batch}`), said).toBe(true);
      if (given() !== null || owner !== 'fit: validationData') expect(said).toContain(message);
    }
    trainer.dispose();
    model.dispose();
  });

  test('fit without options', async () => {
    const { trainer } = make();
    await expect(trainer.fit(field(), undefined as never)).rejects.toThrow(/^fit: /);
  });

  test('a transform that gives nothing, a promise, arrays or unknown fields', async () => {
    const printed = vi.spyOn(console, 'error');
    for (const [transform, message] of [
      [() => undefined, 'transforms[1]: must return a batch { x, … }, and at once'],
      [async (b: object) => b, 'transforms[1]: must return a batch { x, … }, and at once'],
      [() => field(), 'transforms[1]: must return a batch { x, … }, and at once'],
      [(b: object) => ({ ...b, weight: 1 }), 'transforms[1]: unknown field weight; write weights'],
    ] as const) {
      const { model, trainer } = make([(b: never) => b, transform] as never);
      const tensors = tf.memory().numTensors;
      await expect(trainer.fit(field(), { epochs: 1 })).rejects.toThrow(message);
      await expect(trainer.evaluate(field())).rejects.toThrow(message);
      expect([trainer.steps, tf.memory().numTensors]).toEqual([0, tensors]);
      trainer.dispose();
      model.dispose();
    }
    expect(printed).not.toHaveBeenCalled();
    printed.mockRestore();
  });

  test('an array whose buffer is transferred while it is trained on', async () => {
    const { trainer } = make();
    const given = { values: pixels(8, SIZE), shape: [8, SIZE] };
    const transferring = {
      onStep: () => void structuredClone(given.values.buffer, { transfer: [given.values.buffer] }),
    };
    await expect(trainer.fit(given, { epochs: 1, batchSize: 4, callbacks: transferring })).rejects.toThrow(
      'data: the buffer of values was transferred; transfer a copy instead',
    );
    expect(trainer.steps).toBe(1);
  });
});

describe("onNonFinite: 'skip'", () => {
  test('passes over a batch of a stream whose values are wrong, whatever is wrong with them', async () => {
    const wrong = [
      { values: pixels(4, SIZE).fill(9), shape: [4, SIZE] },
      { x: field(), weights: { values: Float32Array.of(1, -1, 1, 1), shape: [4] } },
      { x: field(), mask: { values: pixels(4, SIZE).fill(2), shape: [4, SIZE] } },
      { values: pixels(4, SIZE).fill(Number.NaN), shape: [4, SIZE] },
    ];
    const run = async (stream: unknown[]) => {
      const { model, trainer } = make();
      const { history } = await trainer.fit(() => stream as never, { epochs: 1, onNonFinite: 'skip' });
      return { skipped: history['skipped'], loss: history['loss'], weights: weightsOf(model), steps: trainer.steps };
    };
    const clean = await run([field()]);
    expect(await run([field(), ...wrong])).toEqual({ ...clean, skipped: [4], steps: 5 });
    expect(clean.skipped).toEqual([0]);
  });
});

describe('functions of the data room refuse options that they do not know', () => {
  test.each<[string, () => unknown, string]>([
    ['toTensor', () => toTensor(field(), { from: 1 } as never), 'toTensor: unknown option from'],
    [
      'toTensor',
      () => toTensor(rows as never),
      'toTensor must be a tensor or { values, shape }, got an array of numbers',
    ],
    [
      'splitDataset',
      () => splitDataset({ field: field() }, { test: 1, sede: 3 } as never),
      'splitDataset: unknown option sede',
    ],
    [
      'splitDataset',
      () => splitDataset({ rows } as never, { test: 1 }),
      'splitDataset: rows must be a typed array of numbers',
    ],
    [
      'splitDataset',
      () => splitDataset({ x: null } as never, { test: 1 }),
      'splitDataset: x must be a typed array of numbers',
    ],
    [
      'oneHot',
      () => oneHot(tf.tensor1d([1, 2]) as never, 3),
      'oneHot: labels must be an array, got a tensor; write await labels.data()',
    ],
    ['oneHot', () => oneHot({ values: Uint8Array.of(1), shape: [1] } as never, 3), 'write labels.values'],
    ['oneHot', () => oneHot(undefined as never, 3), 'oneHot: labels must be an array, got undefined'],
    [
      'rawRows',
      () => rawRows(new Blob(['1234']), { shape: [1], dtype: 'uint8', skip: 3 } as never),
      'rawRows: unknown option skip',
    ],
    [
      'dequantisation',
      () => dequantisation({ level: 3 } as never),
      'dequantisation: unknown option level; write levels',
    ],
    ['addNoise', () => addNoise({ std: 3 } as never), 'addNoise: unknown option std; write stddev'],
  ])('%s', (_, call, message) => expect(call).toThrow(message));

  test('idxRows', async () => {
    await expect(idxRows({ images: new Blob() } as never)).rejects.toThrow('idxRows: unknown option images; write x');
  });
});
