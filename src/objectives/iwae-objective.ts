import * as tf from '@tensorflow/tfjs';
import type { Batch } from '../data/batch';
import { iwaeLoss } from '../losses/iwae';
import type { Context, VaeModel } from '../models/model';
import { checkCount } from '../ops/check';
import { checkKeys } from '../ops/check-keys';
import { tidy } from '../ops/tidy';
import type { Objective, Terms } from './objective';
import { latentKl, meanOf, reconstructionOf, sampledKl, sumLatents, withPenalties } from './pass-terms';

/** What `iwaeObjective` takes. */
export type IwaeObjectiveOptions = {
  /** K, the number of posterior samples of each example. */
  samples: number;
};

/**
 * The importance-weighted bound with K samples: `loss = −mean log (1/K) Σ_k p(x, z_k) / q(z_k | x)`.
 *
 * Burda et al. 2016 (arXiv 1509.00519, equation 8). The metrics are `bound` (the IWAE bound) and `ess` (effective
 * sample size, from 1 to K); `elbo`, `reconstruction` and `kl` are those of the same samples, so runs with different
 * K compare. K = 1 is the ELBO with a sampled KL. Not for likelihoods that couple a batch (`sigma: 'optimal'`).
 *
 * @param options The number of samples.
 * @throws When `samples` is not a positive integer.
 * @example
 * ```ts
 * new VaeTrainer({ model: vae, objective: iwaeObjective({ samples: 5 }) });
 * ```
 */
export function iwaeObjective(options: IwaeObjectiveOptions): Objective {
  checkKeys('iwaeObjective', options, ['samples'], {}, ['samples']);
  const { samples } = options;
  checkCount('iwaeObjective', 'samples', samples);
  return {
    config: { kind: 'iwae', samples },
    needs: ['perExample'],
    evaluate(model: VaeModel, batch: Batch, context: Context): Terms {
      return tidy(() => {
        const pass = model.pass(batch, { ...context, samples });
        const nll = reconstructionOf(pass, batch);
        const logWeights = tf.neg(tf.add(nll, sumLatents(pass, sampledKl)));
        const { loss, bound, ess } = iwaeLoss({ logWeights, ...(batch.weights && { weights: batch.weights }) });
        const reconstruction = meanOf(nll, batch);
        const kl = meanOf(sumLatents(pass, latentKl), batch);
        const penalised = withPenalties(loss, pass);
        return {
          loss: penalised.loss,
          elbo: tf.neg(tf.add(reconstruction, kl)) as tf.Scalar,
          reconstruction,
          kl,
          metrics: { ...penalised.metrics, bound, ess },
          updates: pass.updates ?? [],
        };
      });
    },
  };
}
