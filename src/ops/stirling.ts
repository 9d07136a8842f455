import * as tf from '@tensorflow/tfjs';
import { choose } from './choose';
import { polynomial } from './polynomial';
import { withGradient } from './with-gradient';

/** `12·z·s(z)` in t = 1/z, minimax on (0, 1]: 3.5e-8 relative. The exact series begins with 1 − t²/30. */
export const REMAINDER = [
  0.9999999403953552, -8.933932349464158e-7, -0.0332811139523983, -0.0006034438847564161, 0.012532220222055912,
  -0.007553251460194588, 0.0016441474435850978,
];

/** `12·z²·e(z)` in t = 1/z, minimax on (0, 1]. The exact series begins with 1 − t²/10. */
export const SLOPE = [
  1.0000001192092896, -1.9449173123575747e-5, -0.0995120033621788, -0.0047089154832065105, 0.07011482119560242,
  -0.05758286640048027, 0.021404562518000603, -0.003108181292191148,
];

/**
 * Stirling's remainder `s(z) = lgamma(z) − (z − ½)·log z + z − ½·log 2π` of positive z: 1/(12z) for large z.
 *
 * A difference of lgammas is made of logarithms and of these, since the large parts cancel on paper. The gradient is
 * `−e(z)`.
 */
export function stirlingRemainder(z: tf.Tensor): tf.Tensor {
  return withGradient(
    [z],
    save => {
      save([z]);
      return tf.tidy(() => {
        const { isBelow, t } = shifted(z);
        // s(z) = s(z + 1) + (z + ½)·log(1 + 1/z) − 1 below 1.
        const step = tf.sub(tf.mul(tf.add(z, 0.5), tf.log(tf.add(1, tf.reciprocal(z)))), 1);
        const remainder = tf.mul(tf.div(t, 12), polynomial(t, REMAINDER));
        return tf.add(remainder, choose(isBelow, step, tf.zerosLike(step)));
      });
    },
    (dy, [saved]) => [tf.neg(tf.mul(dy, stirlingSlope(saved!)))],
  );
}

/**
 * `e(z) = log z − 1/(2z) − ψ(z)` of positive z: 1/(12z²) for large z. With it a difference of digammas is made of small
 * terms. It has no gradient of its own.
 */
export function stirlingSlope(z: tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    const { isBelow, y, t } = shifted(z);
    // e(z) = e(z + 1) + ½·(1/z + 1/(z + 1)) − log(1 + 1/z) below 1.
    const inverse = tf.reciprocal(z);
    const step = tf.sub(tf.mul(0.5, tf.add(inverse, t)), tf.log(tf.add(1, inverse)));
    const slope = tf.mul(tf.div(tf.square(t), 12), polynomial(t, SLOPE));
    return tf.add(slope, choose(isBelow, step, tf.zerosLike(y)));
  });
}

/** Where z is below 1; `y`, which is z there plus 1; and `t = 1/y`. */
export function shifted(z: tf.Tensor): { isBelow: tf.Tensor; y: tf.Tensor; t: tf.Tensor } {
  const isBelow = tf.less(z, 1);
  const y = choose(isBelow, tf.add(z, 1), z);
  return { isBelow, y, t: tf.reciprocal(y) };
}
