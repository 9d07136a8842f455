import * as tf from '@tensorflow/tfjs';
import type { Distribution } from '../distributions/distribution';
import { StandardNormal } from '../distributions/standard-normal';
import { checkKeys } from '../ops/check-keys';
import { type FreeBits, freeBitsKl } from './free-bits';
import { checkNotRelaxed, klForFreeBits, latentKl } from './kl';
import { negativeLogLikelihood } from './reconstruction';
import { reduceMean } from './reduce';

/** What `elboPerExample` takes. */
export type ElboOptions = {
  /** The data, `[batch, …event]`. */
  x: tf.Tensor;
  /** What the decoder made of `z`: p(x | z). */
  likelihood: Distribution;
  /** What the encoder returned: q(z | x). */
  posterior: Distribution;
  /** p(z). N(0, I) by default. */
  prior?: Distribution;
  /** The sample that was decoded. Needed only where KL(posterior ‖ prior) has no closed form. */
  z?: tf.Tensor;
  /** 1 for an observed element of x, 0 for a missing one; of the shape of x, or 1 along an axis: `[batch, 1]` is a number for each example. */
  mask?: tf.Tensor;
};

/** What `elboLoss` takes. */
export type ElboLossOptions = ElboOptions & {
  /** Weight of the KL in `loss` (Higgins et al. 2017). Default 1. */
  beta?: number;
  /** Nats of KL that `loss` does not charge. */
  freeBits?: FreeBits;
  /** Importance of each example, `[batch]`. */
  weights?: tf.Tensor;
};

/** The parts of the bound for each example, `[batch]`, nats. */
export type ElboTerms = {
  /** The bound on log p(x). */
  elbo: tf.Tensor;
  /** The negative log-likelihood. */
  reconstruction: tf.Tensor;
  /** KL(q(z | x) ‖ p(z)). */
  kl: tf.Tensor;
};

/** Scalars, nats per example. `loss` is minimised; `elbo` is the true bound, whatever β is. */
export type ElboLoss = {
  /** What is minimised. */
  loss: tf.Scalar;
  /** The bound on log p(x), without β and free bits. */
  elbo: tf.Scalar;
  /** The negative log-likelihood. */
  reconstruction: tf.Scalar;
  /** KL(q(z | x) ‖ p(z)). */
  kl: tf.Scalar;
};

/**
 * The evidence lower bound of each example, `log p(x | z) − KL(q(z | x) ‖ p(z))`, and its two parts.
 *
 * Kingma & Welling 2014 (arXiv 1312.6114, equation 7 where the KL is closed, equation 6 where it is estimated from z).
 *
 * @returns `elbo`, `reconstruction` (the negative log-likelihood) and `kl`, `[batch]`, nats.
 * @throws When the KL has no closed form and no `z` is given.
 * @example
 * ```ts
 * const { elbo } = elboPerExample({ x, likelihood, posterior }); // rank examples by it
 * ```
 */
export function elboPerExample(options: ElboOptions): ElboTerms {
  checkKeys('elboPerExample', options, KEYS, {}, REQUIRED);
  const { x, likelihood, mask } = options;
  return tf.tidy(() => elboOf(negativeLogLikelihood(likelihood, x, mask), latentKl(latentOf(options))));
}

/**
 * The loss of a VAE: `reconstruction + β·KL`, averaged over the batch.
 *
 * β-VAE: Higgins et al. 2017 (ICLR, equation 4). The sums run over pixels and latent dimensions, the mean over examples
 * alone, so β means the same for every image size. Example weights give `Σwℓ / Σw`.
 *
 * @returns `loss`, `elbo` (the true bound, with β = 1 and no free bits), `reconstruction` (the negative
 * log-likelihood) and `kl`: scalars, nats per example.
 * @throws When shapes do not fit, or the KL has no closed form and no `z` is given.
 * @example
 * ```ts
 * const terms = elboLoss({
 *   x: batch,
 *   likelihood: new Bernoulli({ logits }),
 *   posterior: new Normal({ mean, logVar }),
 *   beta: 4,
 * });
 * ```
 */
export function elboLoss(options: ElboLossOptions): ElboLoss {
  checkKeys('elboLoss', options, [...KEYS, 'beta', 'freeBits', 'weights'], {}, REQUIRED);
  const { x, likelihood, mask, beta = 1, freeBits, weights } = options;
  return tf.tidy(() => {
    const latent = latentOf(options);
    const nll = negativeLogLikelihood(likelihood, x, mask);
    const bound = elboOf(reduceMean(nll, weights), reduceMean(latentKl(latent), weights));
    const cost = freeBits ? freeBitsKl(klForFreeBits(latent, freeBits), freeBits, weights) : bound.kl;
    return { ...bound, loss: tf.add(bound.reconstruction, tf.mul(beta, cost)) };
  });
}

/** `elbo = −(reconstruction + kl)`, of examples or of their means; to be called in a `tidy`. */
export function elboOf<T extends tf.Tensor>(reconstruction: T, kl: T): { elbo: T; reconstruction: T; kl: T } {
  return { elbo: tf.neg(tf.add(reconstruction, kl)) as T, reconstruction, kl };
}

const REQUIRED = ['x', 'likelihood', 'posterior'] as const;
const KEYS = [...REQUIRED, 'prior', 'z', 'mask'] as const;

/** The latent variable, under a standard normal prior where none is given. */
function latentOf({ posterior, prior = new StandardNormal({ shape: posterior.eventShape }), z }: ElboOptions) {
  checkNotRelaxed('elbo', posterior);
  return { posterior, prior, z };
}
