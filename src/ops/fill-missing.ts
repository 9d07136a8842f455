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
  const first = x.rank - eventRank;
  const fits = (start: number) =>
    mask.shape.every(
      (size, i) => size === 1 || size === x.shape[start + i] || (start + i < first && x.shape[start + i] === 1),
    );
  const isEvent = mask.rank === eventRank;
  if (
    mask.rank < eventRank ||
    mask.rank > x.rank ||
    !fits(x.rank - mask.rank) ||
    (isEvent && mask.size > 1 && fits(first - 1))
  ) {
    throw new Error(
      `mask must be [${x.shape}] as x is, or 1 along an axis, got [${mask.shape}]; [batch, 1] is a number for each example, [1, …event] for each element`,
    );
  }
  return tf.tidy(() => tf.where(tf.greater(mask, 0), x, tf.zerosLike(x)));
}
