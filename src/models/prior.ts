import type * as tf from '@tensorflow/tfjs';
import type { Distribution } from '../distributions/distribution';
import { StandardNormal } from '../distributions/standard-normal';
import type { Rng } from '../random/rng';
import type { Update, Variables } from '../variables/variables';
import type { Encoder } from './encoder';
import type { Network } from './network';

/** What a prior may look at. */
export type PriorContext = {
  /** The model's own encoder, for priors that are built from it (VampPrior). */
  encode(x: tf.Tensor): Distribution;
  /** The condition of the batch, for p(z | condition). */
  condition?: tf.Tensor;
  /** Whether this is a training step. */
  training: boolean;
  /** Noise of this step, for a prior with a network. */
  rng?: Rng;
  /** Completed optimizer steps, for a temperature; absent where nobody trains. */
  step?: number;
};

/**
 * p(z), possibly learned or conditional. A bare `Distribution` is taken as a prior without variables.
 */
export interface Prior {
  /** p(z) for this pass; its batch size is 1 or that of the pass. */
  distribution(context: PriorContext): Distribution;
  /** What to remember of a step that gave this distribution. */
  updates?(prior: Distribution, context: Omit<PriorContext, 'encode'>): readonly Update[];
  /** Variables by path. */
  variables(): Variables;
  /** The name of its kind, where its class does not tell. */
  readonly kind?: string;
  /** The `[…]` of z, where it is known before z is: an encoder of another z is refused. */
  readonly latentShape?: readonly (number | null)[];
  /** Whether its dimensions are independent; where absent, its kind tells. */
  readonly factorised?: boolean;
  /** Throws when it cannot be made of the posteriors of this encoder; asked when the `Vae` is put together. */
  checkEncoder?(encoder: Encoder): void;
  /** Whether `distribution` needs the condition. */
  readonly conditional?: boolean;
  /** The network that it is built on, where there is exactly one. */
  readonly network?: Network;
  /** The variables that gradients train now. All that are trainable if absent. */
  trainableVariables?(): tf.Variable[];
  /**
   * Whether it is the one that a `Vae` takes where none is given, so that files need not hold it.
   * @internal
   */
  readonly isDefault?: boolean;
  /** Disposes of what the prior holds. */
  dispose?(): void;
}

/**
 * A prior as it is, or of a distribution that is the same in every pass.
 *
 * @throws When it is neither.
 */
export function asPrior(prior: Prior | Distribution): Prior {
  if ('distribution' in prior) return prior;
  if (typeof prior.logProb !== 'function') {
    throw new Error('Vae: prior must be a distribution, a ConditionalPrior, or { distribution, variables }');
  }
  const { kind, eventShape: latentShape, hasDensity } = prior;
  if (hasDensity === false) throw new Error(`Vae: '${kind}' has no density of a z from elsewhere, which a prior needs`);
  const factorised = prior.logProbElements !== undefined;
  return {
    kind,
    latentShape,
    factorised,
    distribution: () => prior,
    variables: () => ({}),
    dispose: () => prior.dispose(),
  };
}

/** The prior of a `Vae` that is given none: made anew for each pass, so that no tensor has to be kept for it. */
export function defaultPriorOf(encoder: Encoder, latentShape: readonly number[]): Prior {
  const make = () => encoder.defaultPrior?.() ?? new StandardNormal({ shape: latentShape });
  const first = make();
  const prior = asPrior(first);
  first.dispose();
  return { ...prior, isDefault: true, distribution: make, dispose() {} };
}
