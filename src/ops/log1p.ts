import * as tf from '@tensorflow/tfjs';
import { choose } from './choose';
import { withGradient } from './with-gradient';

/**
 * `log(1 + u)`, to float32 precision near 0 as well, where that of tfjs is 0 on webgl and webgpu (and wasm, below 6e-8).
 *
 * For u from −½ to 1 the series of `2·artanh(v)`, `v = u / (2 + u)`, up to v¹⁵ (left out: less than 1e-8 relative);
 * outside of this range, the plain formula. The gradient is `1 / (1 + u)`.
 *
 * @param u Tensor of any shape.
 * @example
 * ```ts
 * const tiny = log1p(tf.scalar(1e-8)); // 1e-8
 * ```
 */
export function log1p(u: tf.Tensor): tf.Tensor {
  return withGradient(
    [u],
    save => {
      save([u]);
      return tf.tidy(() => {
        const near = tf.clipByValue(u, -0.5, 1);
        const { v, rest } = halves(near);
        return choose(tf.equal(near, u), tf.add(tf.mul(2, v), rest), tf.log(tf.add(1, u)));
      });
    },
    (dy, [saved]) => [tf.div(dy, tf.add(1, saved!))],
  );
}

/** `log(1 + u) − u` for u from −½ to 1, to float32 precision near 0 as well. It has no gradient of its own. */
export function log1pMinusX(u: tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    const { v, rest } = halves(u);
    return tf.sub(rest, tf.mul(u, v));
  });
}

/** v, and `2·artanh(v) − 2v`: together log(1 + u), each with all of its digits. */
function halves(u: tf.Tensor): { v: tf.Tensor; rest: tf.Tensor } {
  const v = tf.div(u, tf.add(2, u));
  const square = tf.square(v);
  let series: tf.Tensor = tf.scalar(1 / 15);
  for (const n of [13, 11, 9, 7, 5, 3]) series = tf.add(1 / n, tf.mul(series, square));
  return { v, rest: tf.mul(tf.mul(2, v), tf.mul(square, series)) };
}
