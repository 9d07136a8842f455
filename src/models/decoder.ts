import type * as tf from '@tensorflow/tfjs';
import type { Support } from '../data/support';
import type { Distribution } from '../distributions/distribution';
import type { Update, Variables } from '../variables/variables';
import type { Network } from './network';
import type { CallOptions } from './run-network';

/** What `decode` takes beside z. */
export type DecodeOptions = CallOptions & {
  /** The data that the result will be compared with; a likelihood with an optimal σ looks at it while training. */
  target?: tf.Tensor;
  /** Which elements of `target` count. */
  mask?: tf.Tensor;
  /** How much each example counts, `[batch]`. */
  weights?: tf.Tensor;
  /** What the rates of each example are multiplied by, `[batch]`; see `exposure` of `Batch`. */
  exposure?: tf.Tensor;
  /** See `calibration` of `Context`. */
  calibration?: number;
};

/** What `reconstruct` takes beside x. */
export type ReconstructOptions = CallOptions & Pick<DecodeOptions, 'exposure'>;

/** A likelihood, and what training has to remember from it. */
export type Decoded<P extends Distribution> = {
  /** p(x | z). */
  likelihood: P;
  /** Applied once after a finite optimizer step. */
  updates: readonly Update[];
};

/** From latent vectors to p(x | z). */
export interface Decoder<P extends Distribution = Distribution> {
  /** The `[…latent]` that `decode` takes. */
  readonly latentShape: readonly (number | null)[];
  /** The `[…event]` of x. */
  readonly outputShape: readonly (number | null)[];
  /** Whether `decode` needs a condition. */
  readonly conditional: boolean;
  /** The values of x that have a likelihood. */
  readonly support: Support;
  /** Whether NaN in the data stands for a missing value. False if absent. */
  readonly missing?: boolean;
  /** Whether the likelihood of an example depends on that example alone, and not on the rest of its batch. */
  readonly perExample: boolean;
  /** p(x | z) for z `[batch, latentDim]` or `[samples, batch, latentDim]`. */
  decode(z: tf.Tensor, options?: DecodeOptions): P;
  /** `decode` with the updates of this step. */
  decodeWithUpdates(z: tf.Tensor, options: DecodeOptions): Decoded<P>;
  /** The network that it is built on, where there is exactly one. */
  readonly network?: Network;
  /** Variables by path. */
  variables(): Variables;
  /** The variables that gradients train now. */
  trainableVariables(): tf.Variable[];
  /** Disposes of the networks, also of those that were given. May be called twice. */
  dispose(): void;
}
