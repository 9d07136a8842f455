import * as tf from '@tensorflow/tfjs';
import { values } from './backends';
import { expectClose } from './expect-close';

/** Gradient of a float64 function by central differences. */
export function numericGradient(f: (x: number[]) => number, x: readonly number[], step = 1e-4): number[] {
  return x.map((centre, i) => {
    const h = step * Math.max(1, Math.abs(centre));
    const at = (value: number) => f(x.map((other, j) => (j === i ? value : other)));
    return (at(centre + h) - at(centre - h)) / (2 * h);
  });
}

/** A tensor's shape and its values in float64, rounded to float32 so that both sides see the same numbers. */
export type Input = { shape: number[]; values: number[] };

export function input(shape: number[], data: readonly number[]): Input {
  return { shape, values: data.map(Math.fround) };
}

/**
 * Compares the gradients of a tensor function (its elements summed) with central differences of its float64 twin, which
 * takes the same inputs as flat arrays and returns the sum.
 */
export function checkGradients(
  f: (...tensors: tf.Tensor[]) => tf.Tensor,
  twin: (...flat: number[][]) => number,
  inputs: readonly Input[],
  tolerance = 1e-3,
): void {
  const tensors = inputs.map(({ shape, values: data }) => tf.tensor(data, shape, 'float32'));
  const gradients = tf.grads((...args: tf.Tensor[]) => tf.sum(f(...args)))(tensors);
  const flat = inputs.map(i => i.values);
  gradients.forEach((gradient, k) => {
    const expected = numericGradient(x => twin(...flat.map((other, j) => (j === k ? x : other))), flat[k]!);
    expectClose(values(gradient), expected, { tolerance });
  });
  tf.dispose(tensors);
}
