import * as tf from '@tensorflow/tfjs';
import { isFloat16 } from '../ops/float-16';
import { withGradient } from '../ops/with-gradient';
import type { SampleOptions } from './distribution';

/** The largest float32 below 1. */
const BELOW_ONE = 1 - 2 ** -24;

/** The least entry of a relaxed value: what is smaller has no logarithm on some device. */
export function leastEntry(): number {
  return isFloat16() ? 2 ** -14 : 1e-35;
}

/** @throws When a temperature is not a positive number. */
export function checkTemperature(owner: string, temperature: number): void {
  if (Number.isFinite(temperature) && temperature > 0) return;
  throw new Error(`${owner}: temperature must be a positive number, got ${temperature}`);
}

/** A point of the simplex, `softmax((logits + Gumbel) / temperature)` over the last axis. */
export function drawSoftmax(logits: tf.Tensor, temperature: number, { rng, ...options }: SampleOptions): tf.Tensor {
  const noisy = tf.add(logits, rng.gumbel(logits.shape, options));
  return tf.maximum(tf.softmax(tf.div(noisy, temperature)), leastEntry());
}

/** Numbers of the open unit interval, `σ((logits + Logistic) / temperature)`. */
export function drawSigmoid(logits: tf.Tensor, temperature: number, { rng, ...options }: SampleOptions): tf.Tensor {
  const noisy = tf.add(logits, rng.logistic(logits.shape, options));
  return insideUnit(tf.sigmoid(tf.div(noisy, temperature)));
}

/** Keeps numbers off 0 and 1, where their logit would be infinite. */
export function insideUnit(x: tf.Tensor): tf.Tensor {
  return tf.clipByValue(x, leastEntry(), isFloat16() ? 1 - 2 ** -11 : BELOW_ONE);
}

/**
 * `hard` with the gradient of `soft`: the straight-through estimator (Bengio et al. 2013, arXiv 1308.3432), which is
 * biased.
 *
 * @param hard From the soft values; it may use operations that have no gradient.
 */
export function straightThrough(soft: tf.Tensor, hard: (soft: tf.Tensor) => tf.Tensor): tf.Tensor {
  return withGradient(
    [soft],
    () => tf.tidy(() => hard(soft)),
    dy => [tf.clone(dy)],
  );
}
