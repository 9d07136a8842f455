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
    ]);
    const mask = tf.tensor1d([0, 1]);
    const filled = fillMissing(x, mask);
    expect(filled.shape).toEqual([2, 2]);
    expect(values(filled)).toEqual([0, 2, 0, Number.NaN]);
    tf.dispose([x, mask]);
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
