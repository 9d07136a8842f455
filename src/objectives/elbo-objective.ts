import * as tf from '@tensorflow/tfjs';
import type { Batch } from '../data/batch';
import { checkFreeBits, type FreeBits, freeBitsKl } from '../losses/free-bits';
import type { Context, Latent, Pass, VaeModel } from '../models/model';
import { tidy } from '../ops/tidy';
import { type Schedule, scheduled } from '../schedules/schedule';
import type { Objective, Terms } from './objective';
import { latentKl, meanOf, reconstructionOf, sumLatents, withPenalties } from './pass-terms';

/** A target for the KL instead of a price: `γ·|KL − C|` on the batch mean. */
export type Capacity = {
  /** C in nats per example; usually rises from 0. */
  target: number | Schedule;
  /** γ. Default 1000, as in the paper. */
  gamma?: number;
};

/** What `elboObjective` takes. */
export type ElboObjectiveOptions = {
  /** Weight of the KL: a number or a schedule. Default 1. */
  beta?: number | Schedule;
  /** Pulls the KL to a target. Excludes `beta` and `freeBits`. */
  capacity?: Capacity;
  /** Nats of KL that cost nothing, in one of three definitions. */
  freeBits?: FreeBits;
};

/**
 * The evidence lower bound: `loss = reconstruction + β·KL` (+ the penalties of the pass).
 *
 * Kingma & Welling 2014 (arXiv 1312.6114, equation 3); β: Higgins et al. 2017 (ICLR, equation 4); capacity: Burgess et
 * al. 2018 (arXiv 1804.03599, equation 8), on the batch mean; free bits: see `FreeBits`. The KL is summed over all
 * latent variables, in closed form where there is one, else from the sample. `elbo` is always the bound with β = 1.
 * Capacity and the free bits `'dimension'` and `'total'` couple the examples of a batch.
 *
 * @throws When `beta`, `capacity` or `freeBits` is out of range, or they exclude each other.
 * @example
 * ```ts
 * elboObjective(); // a VAE
 * elboObjective({ beta: linearSchedule({ from: 0, to: 1, steps: 5000 }) }); // with KL annealing
 * elboObjective({ capacity: { gamma: 1000, target: linearSchedule({ from: 0, to: 25, steps: 1e5 }) } });
 * elboObjective({ freeBits: { nats: 0.1, per: 'dimension' } });
 * ```
 */
export function elboObjective(options: ElboObjectiveOptions = {}): Objective {
  const { beta = 1, capacity, freeBits } = options;
  if (typeof beta === 'number' && !(Number.isFinite(beta) && beta >= 0)) {
    throw new Error(`elboObjective: beta must be a number of 0 or more, or a schedule, got ${beta}`);
  }
  if (capacity && (freeBits || options.beta !== undefined)) {
    throw new Error('elboObjective: capacity takes the place of beta and freeBits; give only one of them');
  }
  const { gamma = 1000 } = capacity ?? {};
  if (!(Number.isFinite(gamma) && gamma >= 0)) {
    throw new Error(`elboObjective: capacity.gamma must be a number of 0 or more, got ${gamma}`);
  }
  if (freeBits) checkFreeBits('elboObjective', freeBits);

  /** What the KL costs in this step, and the weights to report. */
  function price(pass: Pass, kl: tf.Scalar, batch: Batch, step: number) {
    if (capacity) {
      const target = scheduled(capacity.target, step);
      return { cost: tf.mul(gamma, tf.abs(tf.sub(kl, target))), schedules: { capacity: target } };
    }
    const weight = scheduled(beta, step);
    const charged = freeBits ? freeLatents(pass, freeBits, batch) : kl;
    return { cost: tf.mul(weight, charged), schedules: { beta: weight } };
  }

  return {
    evaluate(model: VaeModel, batch: Batch, context: Context): Terms {
      return tidy(() => {
        const pass = model.pass(batch, context);
        const reconstruction = meanOf(reconstructionOf(pass, batch), batch);
        const kl = meanOf(sumLatents(pass, latentKl), batch);
        const { cost, schedules } = price(pass, kl, batch, context.step);
        const { loss, metrics } = withPenalties(tf.add(reconstruction, cost) as tf.Scalar, pass);
        // Without a latent variable there is a loss, but no bound on log p(x).
        const bound = pass.latents.length > 0 && { elbo: tf.neg(tf.add(reconstruction, kl)) as tf.Scalar, kl };
        return { loss, reconstruction, ...bound, metrics, schedules, updates: pass.updates ?? [] };
      });
    },
  };
}

/** Free bits hold for each latent variable by itself. */
function freeLatents(pass: Pass, freeBits: FreeBits, { weights }: Batch): tf.Scalar {
  const parts = pass.latents.map(latent => freeBitsKl(klElements(latent), freeBits, weights));
  return parts.reduce<tf.Scalar>((a, b) => tf.add(a, b), tf.scalar(0));
}

function klElements({ name, posterior, prior }: Latent): tf.Tensor {
  if (!posterior.klElements || !posterior.hasKl(prior)) {
    throw new Error(
      `elboObjective: freeBits needs the closed KL of each dimension of '${name}', which '${posterior.kind}' against '${prior.kind}' does not have`,
    );
  }
  return posterior.klElements(prior);
}
