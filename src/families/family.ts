import type * as tf from '@tensorflow/tfjs';
import type { Support } from '../data/support';
import type { Distribution } from '../distributions/distribution';
import type { SaveablePart } from '../variables/saveable-part';
import type { Update, Variables } from '../variables/variables';

/** What a network gives for each parameter of a distribution, by name, before a link keeps it in its domain. */
export type RawParameters<K extends string = string> = Readonly<Record<K, tf.Tensor>>;

/** What a family may look at beside the raw parameters. */
export type FamilyContext = {
  /** The variables that `createVariables` of this family made, by path. */
  readonly variables: Variables;
  /** Number of event axes, without batch and samples. */
  readonly eventRank: number;
  /** Whether this is a training step. */
  readonly training: boolean;
  /** Completed optimizer steps, for a temperature; `Infinity` in `scoreAll` unless told, absent where nobody trains. */
  readonly step?: number;
  /** The data that a likelihood will be compared with. */
  readonly target?: tf.Tensor;
  /** Which elements of `target` count. */
  readonly mask?: tf.Tensor;
  /** How much each example counts, `[batch]`. */
  readonly weights?: tf.Tensor;
  /** What the rates of an example are multiplied by, `[batch, 1, …]` with as many axes as an event has. */
  readonly exposure?: tf.Tensor;
  /** See `calibration` of `Context`. */
  readonly calibration?: number;
};

/**
 * How the raw outputs of a network become a distribution: which parameters there are, how many numbers each of them
 * takes, and which links keep them in their domain.
 *
 * A likelihood, a posterior and a conditional prior are all a network and a family. A family is a declaration without
 * state: whoever is built on it makes and owns its variables, so one family may serve two decoders. `defineFamily` makes
 * one; GluonTS calls it a `DistributionOutput`, statistics a family with its links (McCullagh & Nelder 1989).
 */
export interface Family<D extends Distribution = Distribution, K extends string = string> extends SaveablePart {
  /** Its name in model files. */
  readonly kind: string;
  /**
   * How many raw numbers each parameter takes for an event whose last axis has this size. Where one output of a network
   * holds all of them, they lie along its last axis in this order.
   */
  parameters(size: number): Readonly<Record<K, number>>;
  /** The distribution of these raw parameters, `[batch, …]` or `[samples, batch, …]`; the links are applied here. */
  distribution(raw: RawParameters<K>, context: FamilyContext): D;
  /** The values that have a density: a likelihood of other data is refused. `'real'` if absent. */
  readonly support?: Support;
  /** Whether NaN in the data stands for a missing value; elsewhere it is an error. False if absent. */
  readonly missing?: boolean;
  /** Whether the distribution of an example depends on that example alone. True if absent. */
  readonly perExample?: boolean;
  /** Whether its distributions have the log-density of values from elsewhere (`hasDensity` of `Distribution`). True if absent. */
  readonly hasDensity?: boolean;
  /** The kind of its distributions, by which closed KLs are known. Its own `kind` if absent. */
  readonly distributionKind?: string;
  /** Kinds of priors to which the KL from this posterior has a closed form. None if absent. */
  readonly closedKl?: readonly string[];
  /** Whether these KLs are known for each element, as `klElements` gives them. True if absent. */
  readonly klElements?: boolean;
  /** `relaxed` of its distributions while training. False if absent. */
  readonly relaxed?: boolean;
  /** The event of a size, where it is not `[size]` itself, such as `[variables, classes]`. */
  eventShape?(size: number): readonly number[];
  /** Kinds of priors that a `Vae` with this posterior may have. Any if absent. */
  readonly priors?: readonly string[];
  /** The prior of a `Vae` with this posterior, unless one is given; made anew for each pass. N(0, I) if absent. */
  defaultPrior?(eventShape: readonly number[]): Distribution;
  /**
   * Variables beside those of the network, by path, for an event of this shape, where null stands for any size: a shared
   * σ, a dispersion of each gene. A distribution holds what a link makes of them, or a clone, and never the variable
   * itself: whoever disposes of the distribution would dispose of it.
   */
  createVariables?(event: readonly (number | null)[]): Variables;
  /** What to remember of a training step, such as a running σ²; applied once after a finite step. */
  updates?(distribution: D, context: FamilyContext): readonly Update[];
}
