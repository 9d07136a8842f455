import * as tf from '@tensorflow/tfjs';

/**
 * Zeros in place of missing values: `x` where `mask` is positive, 0 elsewhere, whatever `x` holds there.
 *
 * Multiplying by the mask would not do, since NaN · 0 is NaN.
 *
 * @param x Values, `[batch, …event]`.
 * @param mask 1 for an observed element, 0 for a missing one; broadcast to `x`.
 * @example
 * ```ts
 * const seen = fillMissing(tf.tensor2d([[1, NaN]]), tf.tensor2d([[1, 0]])); // [[1, 0]]
 * ```
 */
export function fillMissing(x: tf.Tensor, mask: tf.Tensor): tf.Tensor {
  return tf.tidy(() => tf.where(tf.greater(mask, 0), x, tf.zerosLike(x)));
}
