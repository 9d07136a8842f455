import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { expm1MinusX } from '../../src/ops/expm1-minus-x';
import golden from '../golden/ops.json';
import { describeBackends, noLeak, values } from '../support/backends';
import { expectClose, expectRelative } from '../support/expect-close';
import { checkGradients, input } from '../support/finite-difference';

const { x, y, gradient } = golden.expm1MinusX;

describeBackends('expm1MinusX', () => {
  test('agrees with e^x − 1 − x of 50 digits, relatively, from 1e-8 to 60', () => {
    expectRelative(values(tf.tidy(() => expm1MinusX(tf.tensor1d(x)))), y, 3e-6);
  });

  test('has the gradient e^x − 1, relatively', () => {
    expectRelative(values(tf.tidy(() => tf.grad(expm1MinusX)(tf.tensor1d(x)))), gradient, 3e-6);
  });

  test('is where the plain formula in float32 is not', () => {
    const plain = values(tf.tidy(() => tf.sub(tf.sub(tf.exp(tf.tensor1d(x)), 1), tf.tensor1d(x))));
    expect(() => expectRelative(plain, y, 3e-6)).toThrow();
  });

  test('its gradient agrees with finite differences, and is scaled by the gradient above', () => {
    checkGradients(
      (...[t]) => tf.mul(-3, expm1MinusX(t!)),
      flat => flat.reduce((a, v) => a - 3 * (Math.expm1(v) - v), 0),
      [input([2, 3], [-4, -0.45, -0.02, 0.3, 0.55, 3])],
    );
  });

  test('is never negative, and 0 only at 0', () => {
    const result = values(tf.tidy(() => expm1MinusX(tf.tensor1d(x))));
    result.forEach((value, i) => {
      if (x[i] === 0) expect(value).toBe(0);
      else expect(value).toBeGreaterThan(0);
    });
  });

  test('keeps the shape, scalars included, and passes NaN on', () => {
    const matrix = expm1MinusX(tf.zeros([2, 0, 3]));
    expect(matrix.shape).toEqual([2, 0, 3]);
    expect(values(tf.tidy(() => expm1MinusX(tf.scalar(Number.NaN))))).toEqual([Number.NaN]);
    matrix.dispose();
  });

  test('leaves no tensor behind, forwards and backwards', () => {
    const input1 = tf.tensor1d(x);
    noLeak(() => expm1MinusX(input1).dispose());
    noLeak(() => tf.grad(expm1MinusX)(input1).dispose());
    expect(input1.isDisposed).toBe(false);
    input1.dispose();
  });
});

test('the closeness used here would see an error of 1e-5', () => {
  expect(() =>
    expectClose(
      y.map(v => v * (1 + 1e-5)),
      y,
      { tolerance: 3e-6, floor: 0 },
    ),
  ).toThrow();
});
