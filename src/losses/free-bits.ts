import * as tf from '@tensorflow/tfjs';
import { checkKeys } from '../ops/check-keys';
import { meanOverExamples } from '../ops/mean-over-examples';
import { reduceMean } from './reduce';

/**
 * Nats of KL that cost nothing.
 *
 * - `'dimension'`: `Σ_d max(λ, mean_batch KL_d)`, per latent dimension on the batch mean
 *   (Kingma et al. 2016, arXiv 1606.04934, equation 15, with one dimension a group). Couples the batch.
 * - `'element'`: `mean_batch Σ_d max(λ, KL_d)`, per dimension and example.
 * - `'total'`: `max(λ, mean_batch KL)`, on the total. Couples the batch.
 */
export type FreeBits = {
  /** λ, in nats: per dimension for `'dimension'` and `'element'`, in all for `'total'`. */
  nats: number;
  /** Which of the three definitions. Default `'dimension'`. */
  per?: 'dimension' | 'element' | 'total';
};

/**
 * The KL term of a loss under free bits: a scalar that stops falling, and stops pulling, below λ.
 *
 * Kingma et al. 2016 (arXiv 1606.04934, equation 15); `FreeBits` gives the three readings of it.
 *
 * @param klElements KL of each latent dimension, `[batch, latentDim]`.
 * @param freeBits λ and the definition.
 * @param weights Importance of each example, `[batch]`.
 * @returns A scalar, nats per example.
 * @throws When `nats` is negative or not finite.
 * @example
 * ```ts
 * const kl = freeBitsKl(posterior.klElements(prior), { nats: 0.1 });
 * ```
 */
export function freeBitsKl(klElements: tf.Tensor, freeBits: FreeBits, weights?: tf.Tensor): tf.Scalar {
  const { nats, per } = checkFreeBits('freeBitsKl', freeBits);
  return tf.tidy(() => {
    const flat = tf.reshape(klElements, [klElements.shape[0]!, -1]);
    if (per === 'element') return reduceMean(tf.sum(tf.maximum(flat, nats), 1), weights);
    if (per === 'total') return tf.maximum(reduceMean(tf.sum(flat, 1), weights), nats) as tf.Scalar;
    const means = weights ? meanOverExamples(tf.transpose(flat), weights) : tf.mean(flat, 0);
    return tf.sum(tf.maximum(means, nats));
  });
}

export function checkFreeBits(owner: string, freeBits: FreeBits): Required<FreeBits> {
  const what = `${owner}: freeBits`;
  checkKeys(what, freeBits, ['nats', 'per']);
  const { nats, per = 'dimension' } = freeBits;
  if (!(Number.isFinite(nats) && nats >= 0)) {
    throw new Error(`${what}.nats must be 0 or more, got ${nats}`);
  }
  const readings = ['dimension', 'element', 'total'];
  if (!readings.includes(per)) {
    throw new Error(`${what}.per must be one of ${readings.join(', ')}, got ${per}`);
  }
  return { nats, per };
}
