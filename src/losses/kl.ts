import * as tf from '@tensorflow/tfjs';
import { type Distribution, noClosedKl } from '../distributions/distribution';
import { standardKlElements } from '../distributions/gaussian-kl';
import type { FreeBits } from './free-bits';

/**
 * `KL(N(μ, e^lv) ‖ N(0, I)) = ½ Σ (μ² + e^lv − 1 − lv)` per example.
 *
 * Kingma & Welling 2014 (arXiv 1312.6114, appendix B), computed without cancellation near lv = 0 and with a
 * hand-written gradient.
 *
 * @param mean `[batch, latentDim]` (or any `[batch, …event]`).
 * @param logVar The same shape.
 * @returns `[batch]`, nats per example.
 * @throws When the shapes differ.
 * @example
 * ```ts
 * const kl = klStandardNormal(tf.zeros([4, 20]), tf.fill([4, 20], -1)); // 20 · 0.1839 nats each
 * ```
 */
export function klStandardNormal(mean: tf.Tensor, logVar: tf.Tensor): tf.Tensor1D {
  if (!tf.util.arraysEqual(mean.shape, logVar.shape)) {
    throw new Error(`klStandardNormal: mean and logVar must have one shape, got [${mean.shape}] and [${logVar.shape}]`);
  }
  if (mean.rank < 1) throw new Error('klStandardNormal: mean must be [batch, …event], got a scalar');
  return tf.tidy(() => {
    const elements = standardKlElements(mean, logVar);
    const event = mean.shape.map((_, axis) => axis).slice(1);
    return (event.length > 0 ? tf.sum(elements, event) : elements) as tf.Tensor1D;
  });
}

/**
 * `KL(q ‖ p) = E_q[log q(z) − log p(z)]` per example, in closed form.
 *
 * @param q The distribution under which the expectation is taken, such as the posterior.
 * @param p The other distribution, such as the prior.
 * @returns `[batch]`, nats per example.
 * @throws When there is no closed form for the pair; `q.hasKl(p)` tells.
 * @example
 * ```ts
 * const kl = klDivergence(vae.encode(x), new StandardNormal({ shape: [20] }));
 * ```
 */
export function klDivergence(q: Distribution, p: Distribution): tf.Tensor {
  return q.kl(p);
}

/** The two densities of a latent variable, and the sample of it that was decoded. A `Latent` of a pass is one. */
export type KlDensities = {
  /** q(z | x). */
  posterior: Distribution;
  /** p(z). */
  prior: Distribution;
  /** The sample, `[batch, …]` or `[samples, batch, …]`. */
  z?: tf.Tensor | undefined;
  /** `log q(z | x)` of `z` from the noise that made it, which keeps more digits than `posterior.logProb(z)`. */
  logQ?: tf.Tensor;
};

/** The densities of a latent variable with its sample. */
export type SampledLatent = KlDensities & {
  /** The sample that was decoded. */
  z: tf.Tensor;
};

/**
 * `KL(q(z | x) ‖ p(z))` per example: in closed form where there is one, else estimated from the sample.
 *
 * Kingma & Welling 2014 (arXiv 1312.6114, equation 7 where it is closed, equation 6 where it is estimated).
 *
 * @param latent Posterior and prior, and a sample: a latent variable of a pass.
 * @returns `[batch]`, or `[samples, batch]` of an estimate from several samples; nats per example.
 * @throws When there is neither a closed form nor a sample.
 * @example
 * ```ts
 * const { latents } = vae.pass({ x }, { step: 0, rng: new Rng(7), training: false });
 * const kl = latentKl(latents[0]!); // [batch]
 * ```
 */
export function latentKl(latent: KlDensities): tf.Tensor {
  const { posterior, prior } = latent;
  return posterior.hasKl(prior) || !latent.z ? posterior.kl(prior) : sampledKl(latent as SampledLatent);
}

/**
 * `log q(z | x) − log p(z)` per example: the KL estimated from one sample, without a closed form.
 *
 * Kingma & Welling 2014 (arXiv 1312.6114, equation 6); unbiased, and below 0 for some samples.
 *
 * @param latent Posterior, prior and sample: a latent variable of a pass.
 * @returns `[batch]` or `[samples, batch]`, nats per example.
 * @throws When z does not fit the distributions, or the posterior draws relaxed values of discrete variables.
 * @example
 * ```ts
 * const { value: z, logProb: logQ } = posterior.sampleWithLogProb({ rng: new Rng(7) });
 * const kl = sampledKl({ posterior, prior: new StandardNormal({ shape: [20] }), z, logQ });
 * ```
 */
export function sampledKl({ posterior, prior, z, logQ }: SampledLatent): tf.Tensor {
  checkNotRelaxed('sampledKl', posterior);
  return tf.tidy(() => tf.sub(logQ ?? posterior.logProb(z), prior.logProb(z)));
}

/** @throws When samples are relaxed and the KL is that of the discrete variables: the two make no bound. */
export function checkNotRelaxed(owner: string, { relaxed, kind }: Distribution): void {
  if (relaxed)
    throw new Error(`${owner}: samples of '${kind}' are relaxed and give no bound; add reconstructionLoss and kl`);
}

/**
 * `KL(q ‖ p)` of each latent dimension, in closed form: what free bits and counts of active units look at.
 *
 * @param latent Posterior and prior: a latent variable of a pass.
 * @param error What is thrown where there is no closed form.
 * @returns `[batch, …event]`, nats.
 * @throws When there is no closed form, or the dimensions are not independent.
 * @example
 * ```ts
 * const perUnit = tf.mean(latentKlElements({ posterior: vae.encode(x), prior: new StandardNormal({ shape: [20] }) }), 0);
 * ```
 */
export function latentKlElements({ posterior, prior }: KlDensities, error = noClosedKl): tf.Tensor {
  if (!posterior.klElements || !posterior.hasKl(prior)) throw error(posterior, prior);
  return posterior.klElements(prior);
}

/** The closed KL as free bits look at it: in all, or of each dimension. */
export function klForFreeBits(latent: KlDensities, { per }: FreeBits, error?: typeof noClosedKl): tf.Tensor {
  const { posterior, prior } = latent;
  return per === 'total' && posterior.hasKl(prior) ? posterior.kl(prior) : latentKlElements(latent, error);
}
