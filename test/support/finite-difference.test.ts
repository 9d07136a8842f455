import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { describeBackends } from './backends';
import { expectClose, expectRelative } from './expect-close';
import { checkGradients, input, numericGradient } from './finite-difference';

test('central differences of x²y + e^x', () => {
  const f = ([x, y]: number[]) => x! ** 2 * y! + Math.exp(x!);
  expectClose(numericGradient(f, [1.5, -2]), [2 * 1.5 * -2 + Math.exp(1.5), 1.5 ** 2], { tolerance: 1e-7 });
});

test('closeness sees NaN, infinities, lengths and relative errors', () => {
  expect(() => expectClose([Number.NaN], [0])).toThrow('value 0');
  expect(() => expectClose([1], [1, 2])).toThrow();
  expect(() => expectClose([1e30], ['Infinity'])).toThrow('value 0');
  expectClose([-Infinity], ['-Infinity']);
  expectClose([1e-6], [2e-6]);
  expect(() => expectRelative([1e-6], [2e-6])).toThrow('value 0');
});

describeBackends('checkGradients', () => {
  test('accepts a right gradient and refuses a wrong one', () => {
    const inputs = [input([3], [1, -2, 0.5])];
    const square = (...[x]: tf.Tensor[]) => tf.square(x!);
    checkGradients(square, x => x.reduce((a, v) => a + v * v, 0), inputs);
    expect(() => checkGradients(square, x => x.reduce((a, v) => a + 1.01 * v * v, 0), inputs)).toThrow('value 0');
  });
});
