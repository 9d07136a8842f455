import * as tf from '@tensorflow/tfjs';
import { log1p } from './log1p';
import { sumToShape } from './sum-to-shape';
import { withGradient } from './with-gradient';

/**
 * `log(a / b)` of positive numbers, with all digits where they are nearly equal: there the difference a − b is exact,
 * while the difference of the logarithms has no digits left.
 *
 * @param a Tensor of any shape.
 * @param b One that broadcasts with it.
 */
export function logRatio(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  return withGradient(
    [a, b],
    save => {
      save([a, b]);
      return tf.tidy(() => {
        const excess = tf.div(tf.sub(a, b), b);
        const near = tf.clipByValue(excess, -0.5, 1);
        return tf.where(tf.equal(near, excess), log1p(near), tf.sub(tf.log(a), tf.log(b)));
      });
    },
    (dy, [top, bottom]) => [
      sumToShape(tf.div(dy, top!), top!.shape),
      sumToShape(tf.neg(tf.div(dy, bottom!)), bottom!.shape),
    ],
  );
}
