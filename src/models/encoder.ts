import type * as tf from '@tensorflow/tfjs';
import type { Distribution } from '../distributions/distribution';
import type { Update, Variables } from '../variables/variables';
import type { Network } from './network';
import type { CallOptions } from './run-network';

/** From data to q(z | x). */
export interface Encoder<Q extends Distribution = Distribution> {
  /** Size of the latent vector. */
  readonly latentDim: number;
  /** The `[…]` of z. `[latentDim]` if absent; codebooks and ladders have others. */
  readonly latentShape?: readonly number[];
  /** The `[…event]` that `encode` takes. */
  readonly inputShape: readonly (number | null)[];
  /** Whether `encode` needs a condition. */
  readonly conditional: boolean;
  /** Kinds of priors to which the KL of its posterior has a closed form. */
  readonly closedKl?: readonly string[];
  /** Whether these KLs are known for each element. True if absent. */
  readonly klElements?: boolean;
  /** `hasDensity` of its posterior. True if absent. */
  readonly hasDensity?: boolean;
  /** `relaxed` of its posterior while training. False if absent. */
  readonly relaxed?: boolean;
  /** Kinds of priors that go with its posterior. Any if absent. */
  readonly priors?: readonly string[] | undefined;
  /** The prior unless one is given; made anew for each pass. N(0, I) if absent. */
  defaultPrior?(): Distribution;
  /** q(z | x) for x `[batch, …event]`. */
  encode(x: tf.Tensor, options?: CallOptions): Q;
  /** Whether the posterior of an example depends on that example alone. True if absent. */
  readonly perExample?: boolean;
  /** What to remember of a step that gave this posterior, such as running statistics. */
  updates?(posterior: Q, options: CallOptions): readonly Update[];
  /** The network that it is built on, where there is exactly one. */
  readonly network?: Network;
  /** Variables by path. */
  variables(): Variables;
  /** The variables that gradients train now. */
  trainableVariables(): tf.Variable[];
  /** Disposes of the networks, also of those that were given. May be called twice. */
  dispose(): void;
}
