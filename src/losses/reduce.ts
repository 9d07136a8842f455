import * as tf from '@tensorflow/tfjs';

/**
 * The weighted mean over examples, `Σ wℓ / Σ w`: the one place where losses become scalars.
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
  return tf.tidy(() => {
    const overSamples = perExample.rank > 1 ? tf.mean(perExample, 0) : perExample;
    // Means, not sums: those overflow 16-bit floats. Where no example counts, 0 and no 0/0.
    return tf.div(tf.mean(tf.mul(overSamples, weights)), tf.maximum(tf.mean(weights), 1e-30)) as tf.Scalar;
  });
}
