import * as tf from '@tensorflow/tfjs';
import { choose } from './choose';
import { withGradient } from './with-gradient';

/**
 * `log(1 + u)`, to float32 precision near 0 as well, where that of tfjs is 0 on webgl and webgpu (and wasm, below 6e-8).
 *
 * For u from −½ to 1 the series of `2·artanh(v)`, `v = u / (2 + u)`, up to v¹⁷ (left out: less than 1e-9 relative);
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
        return choose(tf.equal(near, u), log1pNear(near), tf.log(tf.add(1, u)));
      });
    },
    (dy, [saved]) => [tf.div(dy, tf.add(1, saved!))],
  );
}

/**
 * `log(1 + u) − u` for u above −1, which is about −u²/2 near 0 and keeps all of its digits there.
 *
 * The gradient is `−u / (1 + u)`.
 */
export function log1pMinusX(u: tf.Tensor): tf.Tensor {
  return withGradient(
    [u],
    save => {
      save([u]);
      return tf.tidy(() => {
        const near = tf.clipByValue(u, -0.5, 1);
        return choose(tf.equal(near, u), log1pMinusXNear(near), tf.sub(tf.log(tf.add(1, u)), u));
      });
    },
    (dy, [saved]) => [tf.neg(tf.mul(dy, tf.div(saved!, tf.add(1, saved!))))],
  );
}

/**
 * `φ(u) = (1 + u)·log(1 + u) − u` for u from −1, which is about u²/2 near 0 and keeps all of its digits there; φ(−1) = 1.
 *
 * With it, deviances of counts are sums of small terms (Loader 2000, "Fast and accurate computation of binomial
 * probabilities"). The gradient is `log(1 + u)`.
 */
export function phi(u: tf.Tensor): tf.Tensor {
  return withGradient(
    [u],
    save => {
      save([u]);
      return tf.tidy(() => {
        const near = tf.clipByValue(u, -0.5, 1);
        const { v, rest } = halves(near);
        const close = tf.add(tf.mul(near, v), tf.mul(tf.add(1, near), rest));
        // 0 · log 0 would be NaN, and GPUs divide to just below −1.
        const whole = tf.maximum(tf.add(1, u), 1e-37);
        const far = tf.sub(tf.mul(whole, tf.log(whole)), u);
        return choose(tf.equal(near, u), close, far);
      });
    },
    (dy, [saved]) => [tf.mul(dy, log1p(saved!))],
  );
}

/** `log(1 + u)` for u from −½ to 1. It has no gradient of its own. */
export function log1pNear(u: tf.Tensor): tf.Tensor {
  const { v, rest } = halves(u);
  return tf.add(tf.mul(2, v), rest);
}

/** `log(1 + u) − u` for u from −½ to 1. It has no gradient of its own. */
export function log1pMinusXNear(u: tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    const { v, rest } = halves(u);
    return tf.sub(rest, tf.mul(u, v));
  });
}

/** v, and `T(v) = 2·artanh(v) − 2v`: together log(1 + u), each with all of its digits. */
function halves(u: tf.Tensor): { v: tf.Tensor; rest: tf.Tensor } {
  const v = tf.div(u, tf.add(2, u));
  const square = tf.square(v);
  let series: tf.Tensor = tf.scalar(1 / 17);
  for (const n of [15, 13, 11, 9, 7, 5, 3]) series = tf.add(1 / n, tf.mul(series, square));
  return { v, rest: tf.mul(tf.mul(2, v), tf.mul(square, series)) };
}
