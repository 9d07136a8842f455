import * as tf from '@tensorflow/tfjs';
import type { Batch } from '../data/batch';
import { negativeLogLikelihood } from '../losses/reconstruction';
import { reduceMean } from '../losses/reduce';
import type { Latent, Pass } from '../models/model';

/** `KL(q ‖ p)` of a latent variable per example: closed where it can be, else `log q(z) − log p(z)` of its sample. */
export function latentKl(latent: Latent): tf.Tensor {
  const { posterior, prior } = latent;
  return posterior.hasKl(prior) ? posterior.kl(prior) : sampledKl(latent);
}

/** `log q(z) − log p(z)` per example, with log q from the noise of the sample where the model gives it. */
export function sampledKl({ posterior, prior, z, logQ }: Latent): tf.Tensor {
  return tf.tidy(() => tf.sub(logQ ?? posterior.logProb(z), prior.logProb(z)));
}

/** The sum over the latent variables of a pass. */
export function sumLatents({ latents }: Pass, kl: (latent: Latent) => tf.Tensor): tf.Tensor {
  if (latents.length === 0) return tf.scalar(0);
  return tf.tidy(() => latents.map(kl).reduce((a, b) => tf.add(a, b)));
}

/** `−log p(x | z)` per example, `[batch]` or `[samples, batch]`. */
export function reconstructionOf(pass: Pass, { x, target, mask }: Batch): tf.Tensor {
  return negativeLogLikelihood(pass.likelihood, target ?? x, mask);
}

/** The weighted mean; a scalar stays what it is. */
export function meanOf(perExample: tf.Tensor, { weights }: Batch): tf.Scalar {
  return perExample.rank === 0 ? (tf.clone(perExample) as tf.Scalar) : reduceMean(perExample, weights);
}

/** A loss with the penalties of a pass, and those penalties as metrics. */
export function withPenalties(loss: tf.Scalar, { penalties = {} }: Pass) {
  const metrics = Object.entries(penalties).map(([name, penalty]) => [name, tf.clone(penalty) as tf.Scalar]);
  const total = Object.values(penalties).reduce<tf.Scalar>((sum, penalty) => tf.add(sum, penalty), loss);
  return { loss: total, metrics: Object.fromEntries(metrics) as Record<string, tf.Scalar> };
}
