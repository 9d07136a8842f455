import * as tf from '@tensorflow/tfjs';
import { choose } from './choose';
import { expm1MinusX } from './expm1-minus-x';
import { withGradient } from './with-gradient';

/**
 * `eˣ − 1`, to float32 precision near 0 as well, where that of tfjs on webgl and webgpu is `exp(x) − 1` as it stands.
 *
 * There it is `x + (eˣ − 1 − x)` for |x| < ½. The gradient is `eˣ`.
 *
 * @param x Tensor of any shape.
 * @example
 * ```ts
 * const tiny = expm1(tf.scalar(1e-8)); // 1e-8
 * ```
 */
export function expm1(x: tf.Tensor): tf.Tensor {
  if (!tf.getBackend().startsWith('webg')) return tf.expm1(x);
  return withGradient(
    [x],
    save => {
      save([x]);
      return tf.tidy(() => {
        const near = tf.clipByValue(x, -0.5, 0.5);
        return choose(tf.equal(near, x), tf.add(near, expm1MinusX(near)), tf.sub(tf.exp(x), 1));
      });
    },
    (dy, [saved]) => [tf.mul(dy, tf.exp(saved!))],
  );
}
