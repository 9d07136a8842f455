import * as tf from '@tensorflow/tfjs';
import type { SampleOptions } from './distribution';

/** `lgamma(n / 2)` of a positive integer n, in float64. */
function lgammaOfHalf(n: number): number {
  let value = n % 2 ? 0.5 * Math.log(Math.PI) : 0;
  for (let k = n % 2 ? 1 : 2; k < n; k += 2) value += Math.log(k / 2);
  return value;
}

/** `log|S^(size − 1)| = log 2 + size/2·log π − lgamma(size/2)`: the surface of the unit sphere in ℝ^size. */
export function logSurface(size: number): number {
  return Math.LN2 + 0.5 * size * Math.log(Math.PI) - lgammaOfHalf(size);
}

/** Uniform draws on the unit sphere of the last axis: normal draws over their length. On S⁰ they are −1 and 1. */
export function uniformOnSphere(shape: readonly number[], { rng, ...options }: SampleOptions): tf.Tensor {
  return tf.tidy(() => {
    const epsilon = rng.normal(shape, options);
    return tf.div(epsilon, tf.sqrt(tf.maximum(tf.sum(tf.square(epsilon), -1, true), 1e-30)));
  });
}

/** @throws When a sphere has no size of at least 2. */
export function checkSphere(owner: string, size: number | undefined): void {
  if (size !== undefined && Number.isInteger(size) && size >= 2) return;
  throw new Error(`${owner}: the unit sphere needs vectors of at least 2 numbers, got ${size ?? 'none'}`);
}
