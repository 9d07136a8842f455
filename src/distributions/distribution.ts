import type * as tf from '@tensorflow/tfjs';
import type { Rng } from '../random/rng';

/** How values are drawn. */
export type SampleOptions = {
  /** Where the noise comes from. */
  rng: Rng;
  /** Number of draws; the values then have a leading axis `[samples, batch, …event]`. */
  samples?: number;
};

/** Which elements a log-probability counts. */
export type LogProbOptions = {
  /** 1 where an element counts and 0 where it is missing; of the shape of x, or 1 along an axis: `[batch, 1]` is a number for each example. */
  mask?: tf.Tensor;
};

/** Values and their log-density. */
export type SampleWithLogProb = {
  /** `[batch, …event]` or `[samples, batch, …event]`. */
  value: tf.Tensor;
  /** `[batch]` or `[samples, batch]`, nats. */
  logProb: tf.Tensor;
};

/**
 * A batch of probability distributions: what posteriors, priors and likelihoods are.
 *
 * Parameters are `[batch, …event]`, or `[samples, batch, …event]` where a network ran on several samples. Values are
 * `[batch, …event]` or `[samples, batch, …event]`, log-probabilities `[batch]` or `[samples, batch]`, in nats.
 *
 * A distribution borrows its parameters: whoever made them disposes of them (or calls `dispose`). Every method returns
 * new tensors that belong to the caller.
 */
export interface Distribution {
  /** What it is: dispatch on this, never on `instanceof` (ESM and CJS copies are two classes). */
  readonly kind: string;
  /** The parameters as they were given. */
  readonly params: Readonly<Record<string, tf.Tensor>>;
  /** The axes of one value, such as `[latentDim]`: what comes after the batch. */
  readonly eventShape: readonly number[];
  /** Whether gradients flow through samples into the parameters. */
  readonly reparameterised: boolean;
  /**
   * Whether `logProb` takes values from elsewhere. True if absent; where it is false, only `sampleWithLogProb` gives the
   * log-density, that of its own draws, and neither a prior nor an objective that asks for another can be built on it.
   */
  readonly hasDensity?: boolean;
  /**
   * Whether it draws relaxed values of discrete variables while its KL is that of the variables themselves. The two then
   * make no bound, and the values have no weights. False if absent.
   */
  readonly relaxed?: boolean;
  /** Draws values. */
  sample(options: SampleOptions): tf.Tensor;
  /** Draws values with their log-density, which is computed from the same noise. */
  sampleWithLogProb(options: SampleOptions): SampleWithLogProb;
  /** `log p(x)`, summed over the event. */
  logProb(x: tf.Tensor, options?: LogProbOptions): tf.Tensor;
  /** `log p(x)` of each element, where the elements are independent. */
  logProbElements?(x: tf.Tensor): tf.Tensor;
  /** Whether `kl(p)` has a closed form. */
  hasKl(p: Distribution): boolean;
  /** `KL(this ‖ p)`, summed over the event, `[batch]`. */
  kl(p: Distribution): tf.Tensor;
  /** `KL(this ‖ p)` of each element, where the elements of both are independent. */
  klElements?(p: Distribution): tf.Tensor;
  /** `E[x]`, a new tensor. */
  mean(): tf.Tensor;
  /** The likeliest value, a new tensor. */
  mode?(): tf.Tensor;
  /** `Var[x]` of each element, a new tensor. */
  variance?(): tf.Tensor;
  /** Differential entropy (continuous) or entropy (discrete), summed over the event, `[batch]`. */
  entropy?(): tf.Tensor;
  /** The same distribution with its parameters behind stop-gradients. */
  detach(): Distribution;
  /** Disposes of the parameters. */
  dispose(): void;
}

/** The error for a pair to which `hasKl` answers false. */
export function noClosedKl(q: Distribution, p: Distribution): Error {
  return new Error(`KL(${q.kind} ‖ ${p.kind}) has no closed form: give z to elboLoss, without freeBits`);
}
