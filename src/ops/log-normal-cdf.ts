import * as tf from '@tensorflow/tfjs';
import { choose } from './choose';
import { log1pNear } from './log1p';
import { polynomial } from './polynomial';
import { withGradient } from './with-gradient';

const LOG_ROOT_2PI = 0.5 * Math.log(2 * Math.PI);

// Chebyshev fits (mpmath, 40 digits), rounded to float32: 6e-8 relative.
/** `(Φ(x) − ½) / x` in x² on [0, 1]. */
const MIDDLE = [
  0.3989422917366028, -0.06649035960435867, 0.009973328560590744, -0.001186343957670033, 0.0001135022976086475,
  -7.66053835832281e-6,
];
/** Mills's ratio `Φ(−t) / φ(t)`, over s, in s = 1 / (1 + 0.3·t) on t ≥ 1. */
const MILLS = [
  0.30000001192092896, 0.2999967932701111, 0.27311545610427856, 0.21734680235385895, 0.15745040774345398,
  0.015305934473872185, 0.12782683968544006, -0.21158379316329956, 0.07396639883518219,
];

/**
 * `log Φ(x)`, the logarithm of the standard normal distribution function, relative to its value on both sides.
 *
 * `−x²/2 − ½·log 2π + log(Φ(x)/φ(x))` below −1, by Mills's ratio; `log(½ + x·P(x²))` up to 1; `log1p(−Φ(−x))` above,
 * where the one from `tf.erf` is 0 from 4 on. The gradient is `φ(x) / Φ(x)`, about −x far below 0. A second derivative
 * is refused.
 *
 * @param x Tensor of any shape.
 * @example
 * ```ts
 * const logTail = logNormalCdf(tf.scalar(-10)); // −53.23
 * ```
 */
export function logNormalCdf(x: tf.Tensor): tf.Tensor {
  return withGradient(
    [x],
    save => {
      save([x]);
      return tf.tidy(() => {
        const { mills, logDensity, middle, tail } = parts(x);
        const above = choose(tf.greater(x, 1), log1pNear(tf.neg(tail)), tf.log(middle));
        return choose(tf.less(x, -1), tf.add(logDensity, tf.log(mills)), above);
      });
    },
    (dy, [saved]) => {
      const { mills, middle, tail } = parts(saved!);
      const density = tf.exp(tf.sub(tf.mul(-0.5, tf.square(tf.maximum(saved!, -1))), LOG_ROOT_2PI));
      const above = tf.div(density, choose(tf.greater(saved!, 1), tf.sub(1, tail), middle));
      return [tf.mul(dy, choose(tf.less(saved!, -1), tf.reciprocal(mills), above))];
    },
  );
}

/** Φ within ±1; and for t = |x| from 1 on, Mills's ratio, log φ(t) and Φ(−t). */
function parts(x: tf.Tensor): Record<'mills' | 'logDensity' | 'middle' | 'tail', tf.Tensor> {
  const t = tf.maximum(tf.abs(x), 1);
  const s = tf.reciprocal(tf.add(1, tf.mul(0.3, t)));
  const mills = tf.mul(s, polynomial(s, MILLS));
  const logDensity = tf.sub(tf.mul(-0.5, tf.square(t)), LOG_ROOT_2PI);
  const near = tf.clipByValue(x, -1, 1);
  const middle = tf.add(0.5, tf.mul(near, polynomial(tf.square(near), MIDDLE)));
  return { mills, logDensity, middle, tail: tf.mul(tf.exp(logDensity), mills) };
}
