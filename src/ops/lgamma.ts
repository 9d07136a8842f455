import * as tf from '@tensorflow/tfjs';
import { choose } from './choose';
import { digamma } from './digamma';
import { shifted, stirlingRemainder } from './stirling';
import { withGradient } from './with-gradient';

/** What is left of `½·log 2π − ½` beside `(y − ½)·(log y − 1)`. */
const REST = 0.5 * Math.log(2 * Math.PI) - 0.5;

/**
 * `log Γ(x)` of positive x, to 1e-6 of max(1, |value|) from 1e-6 to 1e8 in float32.
 *
 * `(y − ½)·(log y − 1) + ½·log 2π − ½ + s(y)` with y = x, or y = x + 1 and `− log x` below 1, where s is Stirling's
 * remainder. The gradient is `digamma(x)`, and its gradient trigamma. Of large arguments, never subtract two of them:
 * near 1e8 their rounding is a whole nat; see `lgammaDifference` and `betaln`.
 *
 * @param x Tensor of any shape; NaN below 0.
 * @example
 * ```ts
 * const logFactorial = lgamma(tf.add(tf.tensor1d([0, 1, 5]), 1)); // 0, 0, log 120
 * ```
 */
export function lgamma(x: tf.Tensor): tf.Tensor {
  return withGradient(
    [x],
    save => {
      save([x]);
      return tf.tidy(() => {
        const { isBelow, y } = shifted(x);
        const whole = tf.mul(tf.sub(y, 0.5), tf.sub(tf.log(y), 1));
        const value = tf.add(tf.add(whole, REST), stirlingRemainder(y));
        return tf.sub(value, choose(isBelow, tf.log(x), tf.zerosLike(x)));
      });
    },
    (dy, [saved]) => [tf.mul(dy, digamma(saved!))],
  );
}
