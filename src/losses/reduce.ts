import * as tf from '@tensorflow/tfjs';

/**
 * The weighted mean over examples, `Σ wℓ / Σ w`: the one place where losses become scalars.
 *
 * Only the ratios of the weights matter, so they may be of any size. An example of weight 0 does not count, whatever its
 * loss is; where all weights are 0, the mean is 0.
 *
 * @param perExample One number per example, `[batch]` or `[samples, batch]`.
 * @param weights Importance of each example, `[batch]`; 1 each by default.
 * @returns A scalar.
 * @throws When `weights` is not one number per example.
 * @example
 * ```ts
 * const loss = reduceMean(klStandardNormal(mean, logVar));
 * ```
 */
export function reduceMean(perExample: tf.Tensor, weights?: tf.Tensor): tf.Scalar {
  if (!weights) return tf.mean(perExample);
  const batch = perExample.shape[perExample.rank - 1];
  if (weights.rank !== 1 || weights.shape[0] !== batch) {
    throw new Error(`weights must be one number per example, [${batch}], got [${weights.shape}]`);
  }
  return tf.tidy(() => tf.mean(meanOverExamples(perExample, weights)));
}

/** `Σ wv / Σ w` over the last axis of `values`, which is that of the weights. To be called in a `tidy`. */
export function meanOverExamples(values: tf.Tensor, weights: tf.Tensor): tf.Tensor {
  const w = tf.cast(weights, 'float32');
  // Left out by hand, since 0 · NaN and 0 / 0 are NaN; by greaterEqual, the only comparison that has a gradient.
  const isOut = tf.greaterEqual(0, tf.abs(w));
  // Shares of the largest weight: sums of tiny or huge weights themselves are lost.
  const shares = tf.where(isOut, 0, tf.div(w, tf.max(w)));
  // Means, not sums, which overflow 16-bit floats. The mean of the shares is at least 1 / batch, or 0.
  return tf.div(tf.mean(tf.mul(tf.where(isOut, 0, values), shares), -1), tf.maximum(tf.mean(shares), 1e-7));
}
