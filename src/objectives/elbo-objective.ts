import * as tf from '@tensorflow/tfjs';
import type { Batch } from '../data/batch';
import { checkFreeBits, type FreeBits, freeBitsKl } from '../losses/free-bits';
import type { Latent, Pass } from '../models/model';
import { checkKeys } from '../ops/check-keys';
import { checkWeight, type Schedule, scheduled } from '../schedules/schedule';
import { boundObjective, type KlPrice } from './bound-objective';
import type { Objective } from './objective';

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
  checkKeys('elboObjective', options, ['beta', 'capacity', 'freeBits']);
  const { beta = 1, capacity, freeBits } = options;
  if (typeof beta === 'number' && !(Number.isFinite(beta) && beta >= 0)) {
    throw new Error(`elboObjective: beta must be a number of 0 or more, or a schedule, got ${beta}`);
  }
  if (typeof beta !== 'number' && typeof beta !== 'function') {
    throw new Error(`elboObjective: beta must be a number or a schedule, got ${typeof beta}`);
  }
  if (capacity && (freeBits || options.beta !== undefined)) {
    throw new Error('elboObjective: capacity takes the place of beta and freeBits; give only one of them');
  }
  if (capacity) checkKeys('elboObjective: capacity', capacity, ['target', 'gamma'], {}, ['target']);
  if (typeof capacity?.target === 'number') checkWeight('elboObjective: capacity.target', capacity.target);
  const { gamma = 1000 } = capacity ?? {};
  if (!(Number.isFinite(gamma) && gamma >= 0)) {
    throw new Error(`elboObjective: capacity.gamma must be a number of 0 or more, got ${gamma}`);
  }
  if (freeBits) checkFreeBits('elboObjective', freeBits);

  const config = { kind: 'elbo', ...(capacity ? { capacity: { gamma, ...capacity } } : { beta, freeBits }) };
  const price: KlPrice = (kl, pass, batch, step) => {
    if (capacity) {
      const target = checkWeight('elboObjective: capacity.target', scheduled(capacity.target, step), step);
      return { cost: tf.mul(gamma, tf.abs(tf.sub(kl, target))), schedules: { capacity: target } };
    }
    const weight = checkWeight('elboObjective: beta', scheduled(beta, step), step);
    const charged = freeBits ? freeLatents(pass, freeBits, batch) : kl;
    return { cost: tf.mul(weight, charged), schedules: { beta: weight } };
  };

  return { ...boundObjective(price, config), ...(freeBits && { needs: ['closedKl'] }) };
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
