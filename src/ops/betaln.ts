import * as tf from '@tensorflow/tfjs';
import { digammaDifference } from './lgamma-difference';
import { log1p } from './log1p';
import { stirlingRemainder } from './stirling';
import { sumToShape } from './sum-to-shape';
import { withGradient } from './with-gradient';

const HALF_LOG_2PI = 0.5 * Math.log(2 * Math.PI);

/**
 * `log B(a, b) = lgamma(a) + lgamma(b) − lgamma(a + b)` of positive a and b, without the cancellation of these three.
 *
 * `−(a − ½)·log1p(b/a) − (b − ½)·log1p(a/b) + ½·log 2π − ½·log(a + b) + s(a) + s(b) − s(a + b)`, s being Stirling's
 * remainder: 2e-6 of max(1, |value|), where the difference of lgammas loses 1e-2 at 1e5. The gradients are
 * `ψ(a) − ψ(a + b)` and `ψ(b) − ψ(a + b)`.
 *
 * @param a Tensor of any shape.
 * @param b One that broadcasts with it.
 * @example
 * ```ts
 * const logNormaliser = betaln(tf.scalar(2), tf.scalar(3)); // −log 12
 * ```
 */
export function betaln(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  return withGradient(
    [a, b],
    save => {
      save([a, b]);
      return tf.tidy(() => {
        const sum = tf.add(a, b);
        const fromA = tf.mul(tf.sub(0.5, a), log1p(tf.div(b, a)));
        const fromB = tf.mul(tf.sub(0.5, b), log1p(tf.div(a, b)));
        const level = tf.sub(HALF_LOG_2PI, tf.mul(0.5, tf.log(sum)));
        const remainders = tf.sub(tf.add(stirlingRemainder(a), stirlingRemainder(b)), stirlingRemainder(sum));
        return tf.add(tf.add(fromA, fromB), tf.add(level, remainders));
      });
    },
    (dy, [one, other]) => [
      sumToShape(tf.neg(tf.mul(dy, digammaDifference(one!, other!))), one!.shape),
      sumToShape(tf.neg(tf.mul(dy, digammaDifference(other!, one!))), other!.shape),
    ],
  );
}
