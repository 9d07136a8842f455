import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { stopGradient } from '../../src/ops/stop-gradient';
import { describeBackends, noLeak, values } from '../support/backends';

describeBackends('stopGradient', () => {
  test('is the identity with a gradient of zero', () => {
    const x = tf.tensor2d([
      [1, -2],
      [0, 4],
    ]);
    const y = stopGradient(x);
    expect(y.shape).toEqual([2, 2]);
    expect(values(y)).toEqual([1, -2, 0, 4]);
    expect(values(tf.grad(t => tf.square(stopGradient(t)))(x))).toEqual([0, 0, 0, 0]);
    x.dispose();
  });

  test('d/dx (x · sg(x)) is x, not 2x', () => {
    const gradient = tf.tidy(() => tf.grad(t => tf.mul(t, stopGradient(t)))(tf.tensor1d([3, -5])));
    expect(values(gradient)).toEqual([3, -5]);
  });

  test('the straight-through estimator: values of one, gradient of the other', () => {
    const through = (t: tf.Tensor) => tf.add(t, stopGradient(tf.sub(tf.round(t), t)));
    const x = tf.tensor1d([0.2, 1.75]);
    expect(values(tf.tidy(() => through(x)))).toEqual([0, 2]);
    expect(values(tf.tidy(() => tf.grad(t => tf.mul(through(t), 7))(x)))).toEqual([7, 7]);
    x.dispose();
  });

  test('its result is a tensor of its own, and nothing is left behind', () => {
    const x = tf.tensor1d([1]);
    noLeak(() => stopGradient(x).dispose());
    noLeak(() => tf.grad(stopGradient)(x).dispose());
    expect(values(x)).toEqual([1]);
  });
});
