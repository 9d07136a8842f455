import * as tf from '@tensorflow/tfjs';
import { log1p } from './log1p';
import { withGradient } from './with-gradient';

/**
 * `log(1 + eˣ)`, to float32 precision for large negative x as well.
 *
 * tfjs computes `log(1 + eˣ)` as it stands on webgl and webgpu, which is 10 % off near −13; there it is
 * `max(x, 0) + log1p(e^−|x|)`.
 *
 * @param x Tensor of any shape.
 * @example
 * ```ts
 * const surprise = softplus(tf.neg(x)); // −log σ(x)
 * ```
 */
export function softplus(x: tf.Tensor): tf.Tensor {
  if (!tf.getBackend().startsWith('webg')) return tf.softplus(x);
  return withGradient(
    [x],
    save => {
      save([x]);
      // Not relu, which is NaN at −∞ on webgl.
      return tf.tidy(() => tf.add(tf.maximum(x, 0), log1p(tf.exp(tf.neg(tf.abs(x))))));
    },
    (dy, [saved]) => [tf.mul(dy, tf.sigmoid(saved!))],
  );
}
