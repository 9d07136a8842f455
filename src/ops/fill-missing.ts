import * as tf from '@tensorflow/tfjs';

/**
 * Zeros in place of missing values: `x` where `mask` is positive, 0 elsewhere, whatever `x` holds there.
 *
 * Multiplying by the mask would not do, since NaN · 0 is NaN.
 *
 * @param x Values, `[batch, …event]`.
 * @param mask 1 for an observed element, 0 for a missing one: of the shape of `x`, or 1 along an axis that shares it
 *   (`[batch, 1]` is a number for each example). The batch axis may be left out where the rest cannot be taken for it.
 * @param eventRank Number of event axes; by default all but the first.
 * @throws When the mask has another shape, or one of as many numbers as there are examples could be meant either way.
 * @example
 * ```ts
 * const seen = fillMissing(tf.tensor2d([[1, NaN]]), tf.tensor2d([[1, 0]])); // [[1, 0]]
 * ```
 */
export function fillMissing(x: tf.Tensor, mask: tf.Tensor, eventRank = x.rank - 1): tf.Tensor {
  const fits = (start: number) => mask.shape.every((size, i) => size === 1 || size === x.shape[start + i]);
  const start = x.rank - mask.rank;
  if (
    start < 0 ||
    mask.rank < eventRank ||
    !fits(start) ||
    (mask.rank === eventRank && mask.size > 1 && fits(start - 1)) // it could be meant for the batch
  ) {
    throw new Error(`mask must be [${x.shape}] as x is, or 1 along an axis, got [${mask.shape}]`);
  }
  return tf.tidy(() => tf.where(tf.greater(mask, 0), x, tf.zerosLike(x)));
}
