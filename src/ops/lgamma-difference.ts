import * as tf from '@tensorflow/tfjs';
import { digamma, trigamma } from './digamma';
import { log1p } from './log1p';
import { stirlingRemainder, stirlingSlope } from './stirling';
import { sumToShape } from './sum-to-shape';
import { withGradient } from './with-gradient';

/**
 * `lgamma(a + b) − lgamma(a)` of positive a and b, where the difference of two lgammas is a nat off near 1e8.
 *
 * `(a − ½)·log1p(b/a) + b·log(a + b) − b + s(a + b) − s(a)`, s being Stirling's remainder. The gradients are
 * `ψ(a + b) − ψ(a)` by a, formed the same way, and `ψ(a + b)` by b.
 *
 * @param a Tensor of any shape.
 * @param b One that broadcasts with it.
 * @example
 * ```ts
 * const logRising = lgammaDifference(tf.scalar(1e8), tf.scalar(2)); // log(1e8 · (1e8 + 1)), 36.84
 * ```
 */
export function lgammaDifference(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  return withGradient(
    [a, b],
    save => {
      save([a, b]);
      return tf.tidy(() => {
        const sum = tf.add(a, b);
        const growth = tf.mul(tf.sub(a, 0.5), log1p(tf.div(b, a)));
        const whole = tf.add(growth, tf.mul(b, tf.sub(tf.log(sum), 1)));
        return tf.add(whole, tf.sub(stirlingRemainder(sum), stirlingRemainder(a)));
      });
    },
    (dy, [start, step]) => [
      sumToShape(tf.mul(dy, digammaDifference(start!, step!)), start!.shape),
      sumToShape(tf.mul(dy, digamma(tf.add(start!, step!))), step!.shape),
    ],
  );
}

/** `ψ(a + b) − ψ(a)` of positive a and b: `log1p(b/a) + b/(2a(a + b)) + e(a) − e(a + b)`, e being Stirling's slope. */
export function digammaDifference(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  return withGradient(
    [a, b],
    save => {
      save([a, b]);
      return tf.tidy(() => {
        const sum = tf.add(a, b);
        const ratio = tf.div(b, a);
        const whole = tf.add(log1p(ratio), tf.div(tf.mul(0.5, ratio), sum));
        return tf.add(whole, tf.sub(stirlingSlope(a), stirlingSlope(sum)));
      });
    },
    (dy, [start, step]) => {
      const there = trigamma(tf.add(start!, step!));
      return [
        sumToShape(tf.mul(dy, tf.sub(there, trigamma(start!))), start!.shape),
        sumToShape(tf.mul(dy, there), step!.shape),
      ];
    },
  );
}
