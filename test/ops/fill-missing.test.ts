import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { fillMissing } from '../../src/ops/fill-missing';
import { describeBackends, noLeak, values } from '../support/backends';

describeBackends('fillMissing', () => {
  test('puts 0 where the mask is 0, whatever stands there, and changes nothing elsewhere', () => {
    const x = tf.tensor2d([
      [1, Number.NaN, -3],
      [Infinity, 0.25, Number.NaN],
    ]);
    const mask = tf.tensor2d([
      [1, 0, 1],
      [0, 1, 0],
    ]);
    expect(values(tf.tidy(() => fillMissing(x, mask)))).toEqual([1, 0, -3, 0, 0.25, 0]);
    tf.dispose([x, mask]);
  });

  test('broadcasts a mask of the event to the batch, and leaves a NaN that is not masked', () => {
    const x = tf.tensor2d([
      [Number.NaN, 2],
      [3, Number.NaN],
      [5, 6],
    ]);
    const mask = tf.tensor1d([0, 1]);
    const filled = fillMissing(x, mask);
    expect(filled.shape).toEqual([3, 2]);
    expect(values(filled)).toEqual([0, 2, 0, Number.NaN, 0, 6]);
    tf.dispose([x, mask]);
  });

  test('on a square x a mask says which axis it is for, by a 1 along the other', () => {
    tf.tidy(() => {
      const x = tf.tensor2d([
        [1, 2],
        [3, 4],
      ]);
      const mask = tf.tensor1d([0, 1]);
      expect(values(fillMissing(x, tf.expandDims(mask, 0)))).toEqual([0, 2, 0, 4]);
      expect(values(fillMissing(x, tf.expandDims(mask, 1)))).toEqual([0, 0, 3, 4]);
      expect(() => fillMissing(x, mask)).toThrow('mask must be [2,2] as x is, or 1 along an axis, got [2]');
    });
  });

  test.each<[number[], number[], number?]>([
    [[4, 2], [4]],
    [
      [4, 2],
      [3, 2],
    ],
    [[4, 2], []],
    [
      [1, 2],
      [4, 2],
    ],
    [
      [4, 4, 4, 1],
      [4, 4, 4],
    ],
    [[4, 3, 2], [2]],
    [[2, 4, 2], [4, 3], 1],
    [
      [2, 2],
      [1, 2, 2],
    ],
    [
      [2, 1],
      [2, 2],
    ],
  ])('x of shape [%s] refuses a mask of shape [%s]', (x, mask, eventRank) => {
    tf.tidy(() => {
      expect(() => fillMissing(tf.ones(x), tf.ones(mask), eventRank)).toThrow(`mask must be [${x}] as x is`);
    });
  });

  test.each<[number[], number[], number?]>([
    [
      [4, 3, 2],
      [3, 2],
    ],
    [
      [4, 3, 2],
      [4, 1, 1],
    ],
    [[5, 4, 2], [4, 2], 1],
    [[5, 4, 2], [2], 1],
    [[2, 2], [1]],
    [[4], [4]],
  ])('x of shape [%s] takes a mask of shape [%s]', (x, mask, eventRank) => {
    tf.tidy(() => {
      expect(values(tf.sum(fillMissing(tf.ones(x), tf.ones(mask), eventRank)))).toEqual([
        tf.util.sizeFromShape(tf.broadcast_util.assertAndGetBroadcastShape(x, mask)),
      ]);
    });
  });

  test('passes the gradient of what is seen alone, and leaves no tensor behind', () => {
    const x = tf.tensor1d([2, Number.NaN, 5]);
    const mask = tf.tensor1d([1, 0, 1]);
    noLeak(() => fillMissing(x, mask).dispose());
    noLeak(() => {
      expect(values(tf.grad(t => tf.square(fillMissing(t, mask)))(x))).toEqual([4, 0, 10]);
    });
    tf.dispose([x, mask]);
  });
});
