import * as tf from '@tensorflow/tfjs';
import type { Batch } from '../data/batch';
import { elboOf } from '../losses/elbo';
import { latentKl, sampledKl } from '../losses/kl';
import { negativeLogLikelihood } from '../losses/reconstruction';
import { reduceMean } from '../losses/reduce';
import type { Latent, Pass } from '../models/model';

/** The parts of the bound of a pass: scalars, nats per example. */
export type PassElbo = {
  /** The negative log-likelihood. */
  reconstruction: tf.Scalar;
  /** The bound on log p(x); absent where the pass has no latent variable or a relaxed sample, and so no bound. */
  elbo?: tf.Scalar;
  /** KL(q(z | x) ‖ p(z)), summed over the latent variables; absent where there is none. */
  kl?: tf.Scalar;
};

/**
 * `−log p(x | z)` per example, of the target where there is one, under the mask.
 *
 * @param pass What the model gave.
 * @param batch What it was given.
 * @returns `[batch]`, or `[samples, batch]` of several samples; nats.
 * @throws When the data do not fit the likelihood.
 * @example
 * ```ts
 * const batch = { x };
 * const pass = vae.pass(batch, { step: 0, rng: new Rng(7), training: false });
 * const nll = passReconstruction(pass, batch); // [batch]
 * ```
 */
export function passReconstruction(pass: Pass, { x, target, mask }: Batch): tf.Tensor {
  return negativeLogLikelihood(pass.likelihood, target ?? x, mask);
}

/**
 * The KL per example, summed over the latent variables of a pass.
 *
 * @param pass What the model gave.
 * @param kl The KL of one of them: `latentKl` (closed where it can be) unless given, or `sampledKl`.
 * @returns `[batch]` or `[samples, batch]`, nats; the scalar 0 where there is no latent variable.
 * @throws When a KL has neither a closed form nor a sample.
 * @example
 * ```ts
 * const pass = vae.pass({ x }, { step: 0, rng: new Rng(7), training: false });
 * const kl = passKl(pass); // [batch]
 * ```
 */
export function passKl({ latents }: Pass, kl: (latent: Latent) => tf.Tensor = latentKl): tf.Tensor {
  if (latents.length === 0) return tf.scalar(0);
  return tf.tidy(() => latents.map(latent => kl(latent)).reduce((a, b) => tf.add(a, b)));
}

/**
 * The evidence lower bound of a pass and its parts, as means over the batch with the weights of its examples.
 *
 * Kingma & Welling 2014 (arXiv 1312.6114, equation 7), with the KLs of several latent variables added up.
 *
 * @param pass What the model gave.
 * @param batch What it was given.
 * @param nll `passReconstruction(pass, batch)`, where it is at hand.
 * @returns `reconstruction`, `kl` where there is a latent variable, and `elbo` where that makes a bound: scalars, nats per example.
 * @throws When the data do not fit the likelihood.
 * @example
 * ```ts
 * const batch = { x };
 * const pass = vae.pass(batch, { step: 0, rng: new Rng(7), training: false });
 * const { elbo, reconstruction, kl } = passElbo(pass, batch);
 * ```
 */
export function passElbo(pass: Pass, batch: Batch, nll?: tf.Tensor): PassElbo {
  return tf.tidy(() => {
    const reconstruction = meanOverBatch(nll ?? passReconstruction(pass, batch), batch);
    if (pass.latents.length === 0) return { reconstruction };
    const kl = meanOverBatch(passKl(pass), batch);
    // Where samples are relaxed and the KL is that of the discrete variables, the sum bounds nothing.
    const isBound = !pass.latents.some(({ posterior }) => posterior.relaxed);
    return isBound ? elboOf(reconstruction, kl) : { reconstruction, kl };
  });
}

/**
 * `log w = log p(x | z) + log p(z) − log q(z | x)` of each sample: what importance-weighted bounds are made of.
 *
 * @param pass What the model gave for several samples, `context.samples`.
 * @param batch What it was given.
 * @param nll `passReconstruction(pass, batch)`, where it is at hand.
 * @returns `[samples, batch]`, nats.
 * @throws When the data do not fit the likelihood.
 * @example
 * ```ts
 * const batch = { x };
 * const pass = vae.pass(batch, { step: 0, rng: new Rng(7), training: false, samples: 5 });
 * const bound = iwaeBound(passLogWeights(pass, batch)); // [batch]
 * ```
 */
export function passLogWeights(pass: Pass, batch: Batch, nll?: tf.Tensor): tf.Tensor {
  return tf.tidy(() => tf.neg(tf.add(nll ?? passReconstruction(pass, batch), passKl(pass, sampledKl))));
}

/**
 * The mean over the examples of a batch, by their weights; a scalar stays what it is.
 *
 * @param perExample `[batch]`, `[samples, batch]` or a scalar.
 * @param batch Its `weights` count, where it has them.
 * @returns A scalar, a new tensor.
 * @throws When there is not one weight for each example.
 * @example
 * ```ts
 * const batch = { x };
 * const squaredError = tf.sum(tf.squaredDifference(vae.reconstruct(x), x), 1);
 * const error = meanOverBatch(squaredError, batch);
 * ```
 */
export function meanOverBatch(perExample: tf.Tensor, { weights }: Batch): tf.Scalar {
  return perExample.rank === 0 ? (tf.clone(perExample) as tf.Scalar) : reduceMean(perExample, weights);
}
