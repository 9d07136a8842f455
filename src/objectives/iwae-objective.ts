import { iwaeBound } from '../losses/iwae';
import { checkCount } from '../ops/check';
import { checkKeys } from '../ops/check-keys';
import { importanceObjective } from './importance-objective';
import type { LossTerm } from './loss-term';
import type { Objective } from './objective';

/** What `iwaeObjective` takes. */
export type IwaeObjectiveOptions = {
  /** K, the number of posterior samples of each example. */
  samples: number;
  /** What is added to the loss. */
  terms?: readonly LossTerm[];
};

/**
 * The importance-weighted bound with K samples: `loss = −mean log (1/K) Σ_k p(x, z_k) / q(z_k | x)`,
 * with the penalties of the pass and the weighted terms added.
 *
 * Burda et al. 2016 (arXiv 1509.00519, equation 8). The metrics are `bound` (the IWAE bound) and `ess` (effective
 * sample size, from 1 to K); `elbo`, `reconstruction` and `kl` are those of the same samples, so runs with different
 * K compare. K = 1 is the ELBO with a sampled KL. Not for likelihoods that couple a batch (`sigma: 'optimal'`).
 *
 * @param options The number of samples, and terms.
 * @throws When `samples` is not a positive integer, or a term is not one.
 * @example
 * ```ts
 * new VaeTrainer({ model: vae, objective: iwaeObjective({ samples: 5 }) });
 * ```
 */
export function iwaeObjective(options: IwaeObjectiveOptions): Objective {
  checkKeys('iwaeObjective', options, ['samples', 'terms'], {}, ['samples']);
  const { samples, terms } = options;
  checkCount('iwaeObjective', 'samples', samples);
  const config = { kind: 'iwae', samples };
  return importanceObjective('iwaeObjective', { samples, bound: iwaeBound, terms, config });
}
