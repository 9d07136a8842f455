import * as tf from '@tensorflow/tfjs';
import { withGradient } from './with-gradient';

/**
 * The identity, with a gradient of zero: `sg(x)`.
 *
 * @param x Tensor of any shape.
 * @returns A new tensor with the values of `x`.
 * @example
 * ```ts
 * const straightThrough = tf.add(z, stopGradient(tf.sub(quantised, z)));
 * ```
 */
export function stopGradient<T extends tf.Tensor>(x: T): T {
  return withGradient(
    [x],
    () => tf.clone(x),
    dy => [tf.zerosLike(dy)],
  ) as T;
}
