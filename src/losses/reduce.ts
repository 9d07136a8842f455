import * as tf from '@tensorflow/tfjs';
import { meanOverExamples } from '../ops/mean-over-examples';

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
  const batch = perExample.shape.slice(-1);
  if (String(weights.shape) !== String(batch)) {
    throw new Error(`weights must be one number per example, [${batch}], got [${weights.shape}]`);
  }
  return tf.tidy(() => tf.mean(meanOverExamples(perExample, weights)));
}
