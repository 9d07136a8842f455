import * as tf from '@tensorflow/tfjs';
import { checkKeys } from '../ops/check-keys';
import { logSumExp, scaledTerms } from '../ops/log-sum-exp';
import { reduceMean } from './reduce';

/** What `iwaeLoss` takes. */
export type IwaeLossOptions = {
  /** `log w = log p(x | z) + log p(z) − log q(z | x)` of each sample, `[samples, batch]`. */
  logWeights: tf.Tensor;
  /** Importance of each example, `[batch]`. */
  weights?: tf.Tensor;
};

/**
 * Scalars: the bound in nats per example, and the effective sample size, from 1 to the number of samples (0 where every
 * weight is 0).
 */
export type IwaeLoss = {
  /** What is minimised: minus the bound. */
  loss: tf.Scalar;
  /** The importance-weighted bound on log p(x). */
  bound: tf.Scalar;
  /** The mean effective sample size. */
  ess: tf.Scalar;
};

/**
 * The importance-weighted bound of each example, `log (1/K) Σ_k w_k`: from the ELBO (K = 1) up to log p(x) (K → ∞).
 *
 * Burda et al. 2016 (arXiv 1509.00519, equation 8).
 *
 * @param logWeights `[samples, batch]`.
 * @returns `[batch]`, nats.
 * @throws When `logWeights` is not of rank 2.
 * @example
 * ```ts
 * const bound = iwaeBound(logWeights); // compare with tf.mean(logWeights, 0), the ELBO
 * ```
 */
export function iwaeBound(logWeights: tf.Tensor): tf.Tensor1D {
  checkLogWeights('iwaeBound', logWeights);
  return tf.tidy(() => tf.sub(logSumExp(logWeights, 0), Math.log(logWeights.shape[0]!)) as tf.Tensor1D);
}

/**
 * The effective sample size of each example, `(Σ_k w_k)² / Σ_k w_k²`: from 1 to K, and 0 where every weight is 0.
 *
 * Kong 1992 ("A note on importance sampling using standardized weights"), in the form of Liu 1996.
 *
 * @param logWeights `[samples, batch]`.
 * @returns `[batch]`.
 * @throws When `logWeights` is not of rank 2.
 * @example
 * ```ts
 * const ess = effectiveSampleSize(logWeights);
 * ```
 */
export function effectiveSampleSize(logWeights: tf.Tensor): tf.Tensor1D {
  checkLogWeights('effectiveSampleSize', logWeights);
  return tf.tidy(() => {
    const { terms } = scaledTerms(logWeights, [0]);
    // The largest term is 1, unless all are 0.
    return tf.div(tf.square(tf.sum(terms, 0)), tf.maximum(tf.sum(tf.square(terms), 0), 1)) as tf.Tensor1D;
  });
}

/**
 * The loss of an importance-weighted autoencoder: `−mean log (1/K) Σ_k w_k`, minus the mean of `iwaeBound`.
 *
 * Burda et al. 2016 (arXiv 1509.00519, equation 8).
 *
 * @param options The log-weights, and the importance of each example.
 * @returns `loss`, `bound` (nats per example) and `ess` (diagnostic): scalars.
 * @throws When `logWeights` is not of rank 2.
 * @example
 * ```ts
 * const { loss, bound, ess } = iwaeLoss({ logWeights }); // [samples, batch]
 * ```
 */
export function iwaeLoss(options: IwaeLossOptions): IwaeLoss {
  checkKeys('iwaeLoss', options, ['logWeights', 'weights'], {}, ['logWeights']);
  const { logWeights, weights } = options;
  return tf.tidy(() => {
    const bound = reduceMean(iwaeBound(logWeights), weights);
    return { loss: tf.neg(bound), bound, ess: reduceMean(effectiveSampleSize(logWeights), weights) };
  });
}

function checkLogWeights(owner: string, logWeights: tf.Tensor): void {
  if (logWeights.rank !== 2)
    throw new Error(`${owner}: logWeights must be [samples, batch], got [${logWeights.shape}]`);
}
