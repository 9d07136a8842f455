import * as tf from '@tensorflow/tfjs';
import { tidy } from '../ops/tidy';
import type { SampleOptions } from './distribution';

/**
 * `cos 2πV` of a uniform V, `[...shape]` or `[samples, ...shape]`: the direction of two normal draws, as the cosine of a
 * GPU has an absolute error of 1e-4.
 */
export function drawCosine(shape: readonly number[], { rng, ...options }: SampleOptions): tf.Tensor {
  return tidy(() => {
    const [a, b] = [rng.normal(shape, options), rng.normal(shape, options)];
    return tf.div(a, tf.sqrt(tf.maximum(tf.add(tf.square(a), tf.square(b)), 1e-30)));
  });
}
