import * as tf from '@tensorflow/tfjs';
import { withGradient } from './with-gradient';

/**
 * `g(x) = eˣ − 1 − x`, to float32 precision near 0 as well, where both `exp(x) − 1 − x` and `expm1(x) − x` cancel.
 *
 * For `|x| < ½` a Taylor polynomial of degree 8 in Horner form (first term left out: less than 5e-8 relative at ±½);
 * outside of this range, the plain formula. The gradient `eˣ − 1 = g(x) + x` is as precise. It is the curvature term of
 * every Gaussian KL.
 *
 * @param x Tensor of any shape.
 * @example
 * ```ts
 * const kl = tf.mul(0.5, tf.add(tf.square(mean), expm1MinusX(logVar))); // KL(N(mean, e^logVar) ‖ N(0, 1))
 * ```
 */
export function expm1MinusX(x: tf.Tensor): tf.Tensor {
  return withGradient(
    [x],
    save => {
      const y = evaluate(x);
      save([x, y]);
      return y;
    },
    (dy, [input, y]) => [tf.mul(dy, tf.add(input!, y!))],
  );
}

function evaluate(x: tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    const near = tf.clipByValue(x, -0.5, 0.5);
    let series: tf.Tensor = tf.scalar(1);
    for (const n of [8, 7, 6, 5, 4, 3]) series = tf.add(1, tf.mul(series, tf.div(near, n)));
    const small = tf.mul(series, tf.mul(0.5, tf.square(near)));
    const plain = tf.sub(tf.sub(tf.exp(x), 1), x);
    return tf.where(tf.less(tf.abs(x), 0.5), small, plain);
  });
}
