import * as tf from '@tensorflow/tfjs';
import type { Batch } from '../data/batch';
import { checkFreeBits, type FreeBits, freeBitsKl } from '../losses/free-bits';
import { klForFreeBits } from '../losses/kl';
import type { Latent, Pass } from '../models/model';
import type { Need } from '../models/need';
import { checkKeys } from '../ops/check-keys';
import { checkWeight, type Schedule, scheduled } from '../schedules/schedule';
import { composeObjective } from './define-objective';
import type { LossTerm } from './loss-term';
import type { Objective } from './objective';
import { passElbo } from './pass-losses';

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
  /** What is added to the loss. */
  terms?: readonly LossTerm[];
};

/**
 * The evidence lower bound: `loss = reconstruction + β·KL`, with the penalties of the pass and the weighted terms added.
 *
 * Kingma & Welling 2014 (arXiv 1312.6114, equation 3); β: Higgins et al. 2017 (ICLR, equation 4); capacity: Burgess et
 * al. 2018 (arXiv 1804.03599, equation 8), on the batch mean; free bits: see `FreeBits`. The KL is summed over all
 * latent variables, in closed form where there is one, else from the sample. `elbo` is always the bound with β = 1 and
 * without terms.
 * Capacity and the free bits `'dimension'` and `'total'` couple the examples of a batch.
 *
 * @throws When `beta`, `capacity` or `freeBits` is out of range, they exclude each other, or a term is not one.
 * @example
 * ```ts
 * elboObjective(); // a VAE
 * elboObjective({ beta: linearSchedule({ from: 0, to: 1, steps: 5000 }) }); // with KL annealing
 * elboObjective({ capacity: { gamma: 1000, target: linearSchedule({ from: 0, to: 25, steps: 1e5 }) } });
 * elboObjective({ freeBits: { nats: 0.1, per: 'dimension' } });
 * ```
 */
export function elboObjective(options: ElboObjectiveOptions = {}): Objective {
  checkKeys('elboObjective', options, ['beta', 'capacity', 'freeBits', 'terms']);
  const { beta = 1, capacity, freeBits, terms = [] } = options;
  if (capacity && (freeBits || options.beta !== undefined)) {
    throw new Error('elboObjective: capacity takes the place of beta and freeBits; give only one of them');
  }
  const { price, config } = capacity ? capacityPrice(capacity) : betaPrice(beta, freeBits);
  return composeObjective('elboObjective', {
    config: { kind: 'elbo', ...config },
    terms,
    needs: needsOf(freeBits),
    couples: couplingOf(options),
    evaluate(pass, batch, { step }) {
      const bound = passElbo(pass, batch);
      const { cost, schedules } = price(bound.kl ?? tf.scalar(0), pass, batch, step);
      return { ...bound, loss: tf.add(bound.reconstruction, cost), schedules };
    },
  });
}

/** Free bits on the total look at no single dimension. */
function needsOf(freeBits: FreeBits | undefined): Need[] {
  if (!freeBits) return [];
  return freeBits.per === 'total' ? ['closedKl'] : ['closedKl', 'klElements'];
}

/** Prices that look at the mean of a batch. */
function couplingOf({ capacity, freeBits }: ElboObjectiveOptions): string | undefined {
  if (capacity) return 'capacity';
  const { per = 'dimension' } = freeBits ?? { per: 'element' };
  return per === 'element' ? undefined : `free bits per '${per}'`;
}

/** What the KL costs in a step, with the weights to report, and the settings of that. */
type Priced = {
  price(kl: tf.Scalar, pass: Pass, batch: Batch, step: number): { cost: tf.Tensor; schedules: Record<string, number> };
  config: object;
};

function betaPrice(beta: number | Schedule, freeBits: FreeBits | undefined): Priced {
  if (typeof beta === 'number' && !(Number.isFinite(beta) && beta >= 0)) {
    throw new Error(`elboObjective: beta must be a number of 0 or more, or a schedule, got ${beta}`);
  }
  if (typeof beta !== 'number' && typeof beta !== 'function') {
    throw new Error(`elboObjective: beta must be a number or a schedule, got ${typeof beta}`);
  }
  if (freeBits) checkFreeBits('elboObjective', freeBits);
  return {
    config: { beta, freeBits },
    price(kl, pass, batch, step) {
      const weight = checkWeight('elboObjective: beta', scheduled(beta, step), step);
      return { cost: tf.mul(weight, freeBits ? freeKl(pass, freeBits, batch) : kl), schedules: { beta: weight } };
    },
  };
}

function capacityPrice(capacity: Capacity): Priced {
  checkKeys('elboObjective: capacity', capacity, ['target', 'gamma'], {}, ['target']);
  const { target, gamma = 1000 } = capacity;
  if (typeof target === 'number') checkWeight('elboObjective: capacity.target', target);
  if (!(Number.isFinite(gamma) && gamma >= 0)) {
    throw new Error(`elboObjective: capacity.gamma must be a number of 0 or more, got ${gamma}`);
  }
  return {
    config: { capacity: { gamma, ...capacity } },
    price(kl, _pass, _batch, step) {
      const now = checkWeight('elboObjective: capacity.target', scheduled(target, step), step);
      return { cost: tf.mul(gamma, tf.abs(tf.sub(kl, now))), schedules: { capacity: now } };
    },
  };
}

/** Free bits hold for each latent variable by itself. */
function freeKl({ latents }: Pass, freeBits: FreeBits, { weights }: Batch): tf.Scalar {
  const costs = latents.map(latent =>
    freeBitsKl(
      klForFreeBits(latent, freeBits, () => noElements(latent)),
      freeBits,
      weights,
    ),
  );
  return costs.reduce<tf.Scalar>((a, b) => tf.add(a, b), tf.scalar(0));
}

function noElements({ name, posterior, prior }: Latent): Error {
  return new Error(
    `elboObjective: freeBits needs the closed KL of each dimension of '${name}', which '${posterior.kind}' against '${prior.kind}' does not have`,
  );
}
