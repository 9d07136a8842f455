import * as tf from '@tensorflow/tfjs';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { normal, valueAndGradients } from '../support';
import { expectSameBits, prepared } from './support';

const special = [0, -0, 1, -1, 3.5, -2.5e-40, 2.5e-40, 3e38, -3e38, Infinity, -Infinity, Number.NaN];

/** Every pair of special values. */
const pairs = () => {
  const column = tf.tensor(special, [special.length, 1]);
  return [column, tf.transpose(column)] as [tf.Tensor, tf.Tensor];
};

const operations = { add: tf.add, sub: tf.sub, mul: tf.mul, div: tf.div } as const;
const functions = {
  relu: tf.relu,
  step: tf.step,
  'step with a slope': (x: tf.Tensor) => tf.step(x, -0.25),
  sqrt: tf.sqrt,
  square: tf.square,
} as const;

describe('elementwise operations on cpu, prepared', () => {
  beforeAll(async () => {
    await tf.setBackend('cpu');
  });

  describe.each(Object.entries(operations))('%s', (_name, operation) => {
    test('special values', () => expectSameBits(() => [operation(...pairs())]));

    test.each([
      [
        [3, 4],
        [3, 4],
      ],
      [[3, 4], []],
      [[], [3, 4]],
      [[3, 4], [4]],
      [
        [3, 4],
        [3, 1],
      ],
      [
        [3, 1],
        [1, 4],
      ],
      [
        [2, 3, 4],
        [3, 1],
      ],
      [
        [2, 1, 4],
        [3, 4],
      ],
      [
        [2, 1, 4, 1],
        [1, 3, 1, 5],
      ],
      [
        [2, 3, 4, 5],
        [2, 1, 4, 1],
      ],
      [[1, 1], [1]],
      [[0, 4], [4]],
      [[], []],
    ] as [number[], number[]][])('shapes %j and %j', (a, b) =>
      expectSameBits(() => [operation(normal(a, 'a'), normal(b, 'b'))]),
    );

    test('gradients of broadcasting', () =>
      expectSameBits(() =>
        valueAndGradients([normal([5, 3, 4], 'a'), normal([3, 1], 'b')], (a, b) => operation(a!, b!)),
      ));

    test('drawn shapes', async () => {
      const axes = fc.array(fc.record({ length: fc.integer({ min: 1, max: 4 }), a: fc.boolean(), b: fc.boolean() }), {
        maxLength: 4,
      });
      const check = (drawn: { length: number; a: boolean; b: boolean }[]) =>
        expectSameBits(() => {
          const a = normal(
            drawn.map(axis => (axis.a ? axis.length : 1)),
            'a',
          );
          const b = normal(
            drawn.map(axis => (axis.b ? axis.length : 1)),
            'b',
          );
          return [operation(a, b)];
        });
      await fc.assert(fc.asyncProperty(axes, check), { numRuns: 40, seed: 2 });
    });
  });

  test.each(Object.entries(functions))('%s, special and drawn values', (_name, f) =>
    expectSameBits(() => [f(tf.tensor(special)), f(normal([7, 5], 'x')), f(tf.zeros([0, 2])), f(tf.scalar(-2))]),
  );

  test('passes on NaN of either sign', async () => {
    const signs = new Float32Array(Int32Array.of(0x7fc00000, 0xffc00000 | 0, 0x7f800001, 0xff800001 | 0).buffer);
    const results = await prepared(() => Object.values(functions).map(f => f(tf.tensor(signs))));
    for (const { values } of results)
      expect(Array.from(values)).toEqual([Number.NaN, Number.NaN, Number.NaN, Number.NaN]);
  });

  test('leaves integers to tfjs', () =>
    expectSameBits(() => {
      const x = tf.tensor1d([-2, 0, 7], 'int32');
      return [tf.add(x, x), tf.mul(x, x), tf.relu(x), tf.step(x), tf.square(x)];
    }));

  describe('sum', () => {
    const shape = [2, 3, 1, 5];
    test.each([
      [undefined],
      [[0]],
      [[3]],
      [[0, 1]],
      [[1, 2]],
      [[2, 3]],
      [[1, 3]], // with an axis of length 1 between
      [[0, 3]], // with axes between: tfjs's own
      [[2]],
      [[]],
      [[-1, 0, 1]],
    ] as [number[] | undefined][])('over %j', axes =>
      expectSameBits(() => [tf.sum(normal(shape, 'x'), axes), tf.sum(normal(shape, 'x'), axes, true)]),
    );

    test('of nothing, of one and of special values', () =>
      expectSameBits(() => [
        tf.sum(tf.zeros([0, 3]), 0),
        tf.sum(tf.zeros([3, 0]), 1),
        tf.sum(tf.scalar(4)),
        tf.sum(pairs()[0]),
      ]));

    test('adds up long columns in float64', () =>
      expectSameBits(() => [tf.sum(tf.fill([100000, 2], 0.1), 0), tf.sum(tf.fill([2, 100000], 0.1), 1)]));
  });
});
