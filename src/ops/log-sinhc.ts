import * as tf from '@tensorflow/tfjs';
import { choose } from './choose';
import { polynomial } from './polynomial';
import { withGradient } from './with-gradient';

// Chebyshev fits in y² on [0, 1] (mpmath, 40 digits), rounded to float32: 4e-8 relative.
/** `log(sinh y / y) / y²`, which begins with 1/6 − y²/180. */
const VALUE = [
  0.1666666716337204, -0.005555541254580021, 0.0003526181972119957, -2.6125142539967783e-5, 1.7436458392694476e-6,
];
/** `L(y) / y`, which begins with 1/3 − y²/45. */
const LANGEVIN = [
  0.3333333432674408, -0.022222217172384262, 0.002116334391757846, -0.0002113471127813682, 2.079605110338889e-5,
  -1.6147513406394864e-6,
];
/** `L′(y)`, which begins with 1/3 − y²/15. */
const SLOPE = [
  0.3333333432674408, -0.06666659563779831, 0.010581168346107006, -0.0014778230106458068, 0.00018510552763473243,
  -1.6849629901116714e-5,
];

/**
 * `log(sinh(y) / y)`, 0 at 0 and even: the log-normaliser of a truncated exponential.
 *
 * A polynomial in y² for |y| < 1, else `|y| − log 2|y| + log(1 − e^(−2|y|))`. The gradient is Langevin's function
 * `coth y − 1/y`.
 *
 * @param y Tensor of any shape.
 * @example
 * ```ts
 * const logNormaliser = logSinhc(tf.scalar(0.01)); // 1.6667e-5
 * ```
 */
export function logSinhc(y: tf.Tensor): tf.Tensor {
  return withGradient(
    [y],
    save => {
      save([y]);
      return tf.tidy(() => {
        const { isNear, near, far } = sides(y);
        const size = tf.abs(far);
        const plain = tf.add(tf.sub(size, tf.log(tf.mul(2, size))), tf.log(tf.sub(1, tf.exp(tf.mul(-2, size)))));
        return choose(isNear, logSinhcNear(near), plain);
      });
    },
    (dy, [saved]) => [tf.mul(dy, langevin(saved!))],
  );
}

/** `log(sinh(y) / y)` for |y| up to 1. It has no gradient of its own. */
export function logSinhcNear(y: tf.Tensor): tf.Tensor {
  const square = tf.square(y);
  return tf.mul(square, polynomial(square, VALUE));
}

/** Langevin's function `L(y) = coth y − 1/y`, the derivative of `logSinhc`. Its gradient is `langevinSlope`. */
export function langevin(y: tf.Tensor): tf.Tensor {
  return withGradient(
    [y],
    save => {
      save([y]);
      return tf.tidy(() => {
        const { isNear, near, far } = sides(y);
        const series = tf.mul(near, polynomial(tf.square(near), LANGEVIN));
        return choose(isNear, series, tf.sub(tf.reciprocal(tf.tanh(far)), tf.reciprocal(far)));
      });
    },
    (dy, [saved]) => [tf.mul(dy, langevinSlope(saved!))],
  );
}

/** `L′(y) = 1/y² − 1/sinh² y`, ⅓ at 0. It has no gradient of its own. */
export function langevinSlope(y: tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    const { isNear, near, far } = sides(y);
    const decay = tf.exp(tf.mul(-2, tf.abs(far)));
    const plain = tf.sub(tf.reciprocal(tf.square(far)), tf.div(tf.mul(4, decay), tf.square(tf.sub(1, decay))));
    return choose(isNear, polynomial(tf.square(near), SLOPE), plain);
  });
}

/** Each side of |y| = 1, with a harmless 1 in place of the other side's numbers. */
function sides(y: tf.Tensor): { isNear: tf.Tensor; near: tf.Tensor; far: tf.Tensor } {
  const isNear = tf.less(tf.abs(y), 1);
  return { isNear, near: tf.clipByValue(y, -1, 1), far: choose(isNear, tf.onesLike(y), y) };
}
