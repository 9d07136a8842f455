import * as tf from '@tensorflow/tfjs';
import type { Distribution } from '../distributions/distribution';
import { checkKeys } from '../ops/check-keys';
import { reduceMean } from './reduce';

/**
 * `−log p(x | z)` per example: the reconstruction term, constants included.
 *
 * @param likelihood What the decoder returned.
 * @param x The data, `[batch, …event]`.
 * @param mask 1 for an observed element, 0 for a missing one; of the shape of x, or 1 along an axis: `[batch, 1]` is a number for each example.
 * @returns `[batch]` (or `[samples, batch]`), nats per example.
 * @throws When x does not fit the likelihood.
 * @example
 * ```ts
 * const nll = negativeLogLikelihood(new Bernoulli({ logits }), x); // [batch]
 * ```
 */
export function negativeLogLikelihood(likelihood: Distribution, x: tf.Tensor, mask?: tf.Tensor): tf.Tensor {
  return tf.tidy(() => tf.neg(likelihood.logProb(x, mask && { mask })));
}

/** What `reconstructionLoss` takes. */
export type ReconstructionLossOptions = {
  /** The data, `[batch, …event]`. */
  x: tf.Tensor;
  /** What the decoder returned. */
  likelihood: Distribution;
  /** 1 for an observed element, 0 for a missing one; of the shape of x, or 1 along an axis: `[batch, 1]` is a number for each example. */
  mask?: tf.Tensor;
  /** Importance of each example, `[batch]`. */
  weights?: tf.Tensor;
};

/**
 * The (weighted) mean of `negativeLogLikelihood` over the batch: the loss of a plain autoencoder.
 *
 * @param options The data, the likelihood, a mask and weights.
 * @returns A scalar, nats per example.
 * @throws When shapes do not fit.
 * @example
 * ```ts
 * const loss = reconstructionLoss({ x, likelihood: new Normal({ mean: xHat, scale: tf.scalar(0.1) }) });
 * ```
 */
export function reconstructionLoss(options: ReconstructionLossOptions): tf.Scalar {
  checkKeys('reconstructionLoss', options, ['x', 'likelihood', 'mask', 'weights'], {}, ['x', 'likelihood']);
  const { x, likelihood, mask, weights } = options;
  return tf.tidy(() => reduceMean(negativeLogLikelihood(likelihood, x, mask), weights));
}
