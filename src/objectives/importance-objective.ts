import * as tf from '@tensorflow/tfjs';
import { effectiveSampleSize } from '../losses/iwae';
import { composeObjective } from './define-objective';
import type { LossTerm } from './loss-term';
import type { Objective } from './objective';
import { meanOverBatch, passElbo, passLogWeights, passReconstruction } from './pass-losses';

/** A bound on log p(x) from several samples of the posterior. */
type ImportanceOptions = {
  /** K, the number of samples of each example. */
  samples: number;
  /** The bound of each example, `[batch]`, from the log-weights of its samples, `[samples, batch]`. */
  bound(logWeights: tf.Tensor): tf.Tensor;
  /** What is added to the loss. */
  terms: readonly LossTerm[] | undefined;
  /** Settings for checkpoints. */
  config: object;
};

/**
 * `loss = −bound + Σ weight · term`. `elbo`, `reconstruction` and `kl` are those of the same samples, so that runs with
 * other bounds compare.
 *
 * @param owner What the caller called, for messages.
 */
export function importanceObjective(
  owner: string,
  { samples, bound, terms = [], config }: ImportanceOptions,
): Objective {
  return composeObjective(owner, {
    config,
    samples,
    needs: ['ownDensity'],
    terms,
    evaluate(pass, batch) {
      const nll = passReconstruction(pass, batch);
      const logWeights = passLogWeights(pass, batch, nll);
      const mean = meanOverBatch(bound(logWeights), batch);
      return {
        ...passElbo(pass, batch, nll),
        loss: tf.neg(mean),
        metrics: { bound: mean, ess: meanOverBatch(effectiveSampleSize(logWeights), batch) },
      };
    },
  });
}
