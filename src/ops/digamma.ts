import * as tf from '@tensorflow/tfjs';
import { choose } from './choose';
import { shifted, stirlingSlope } from './stirling';
import { withGradient } from './with-gradient';

/**
 * `ψ(x)`, the derivative of `lgamma`, for positive x: to 1e-6 of max(1, |value|) from 1e-6 to 1e8 in float32.
 *
 * `log y − 1/(2y) − e(y)` with y = x, or y = x + 1 and `− 1/x` below 1. The gradient is trigamma.
 *
 * @param x Tensor of any shape.
 * @example
 * ```ts
 * const meanOfLog = digamma(tf.scalar(3)); // E[log x] of a Gamma(3, 1), 0.9228
 * ```
 */
export function digamma(x: tf.Tensor): tf.Tensor {
  return withGradient(
    [x],
    save => {
      save([x]);
      return tf.tidy(() => {
        const { isBelow, y, t } = shifted(x);
        const value = tf.sub(tf.sub(tf.log(y), tf.mul(0.5, t)), stirlingSlope(y));
        return tf.sub(value, choose(isBelow, tf.reciprocal(x), tf.zerosLike(x)));
      });
    },
    (dy, [saved]) => [tf.mul(dy, trigamma(saved!))],
  );
}

/** `ψ′(x)` for positive x: eight terms of `Σ 1/(x + k)²` and the asymptotic series at x + 8. It has no gradient. */
export function trigamma(x: tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    const t = tf.reciprocal(tf.add(x, 8));
    const square = tf.square(t);
    const series = tf.add(1 / 6, tf.mul(square, tf.add(-1 / 30, tf.mul(square, 1 / 42))));
    let sum: tf.Tensor = tf.add(t, tf.mul(square, tf.add(0.5, tf.mul(t, series))));
    // From the smallest term up, so that the sum rounds as little as it can.
    for (let k = 7; k >= 0; k--) sum = tf.add(sum, tf.reciprocal(tf.square(tf.add(x, k))));
    return sum;
  });
}
