import type * as tf from '@tensorflow/tfjs';
import type { Batch } from '../data/batch';
import type { Support } from '../data/support';
import type { Distribution } from '../distributions/distribution';
import type { Rng } from '../random/rng';
import type { Update, Variables } from '../variables/variables';
import type { Need } from './need';
import type { Network } from './network';

/** What a model is told about the step. */
export type Context = {
  /** Completed optimizer steps. */
  step: number;
  /** Noise of this step: different in every step; in evaluation it belongs to the examples. */
  rng: Rng;
  /** Whether dropout, batch statistics and updates are on. */
  training: boolean;
  /** Number of examples in the training set, where known. */
  datasetSize?: number;
  /** Number of posterior samples per example. If absent, there is one sample and no sample axis. */
  samples?: number;
  /**
   * Number of the batch, from 0, in a pass over the training set that measures anew what a model knows about it, such
   * as the σ² of `sigma: 'optimal'`. The updates of such a pass are applied although nothing is trained.
   */
  calibration?: number;
};

/** One latent variable of a pass. */
export type Latent = {
  /** Its name among the latents of the model. */
  name: string;
  /** The sample that was decoded, `[batch, …]` or `[samples, batch, …]`. */
  z: tf.Tensor;
  /** q(z | x). */
  posterior: Distribution;
  /** p(z). */
  prior: Distribution;
  /** `log q(z | x)` of `z`, from the same noise, `[batch]` or `[samples, batch]`. */
  logQ?: tf.Tensor;
};

/** What a model gives to an objective: all that is known after one run of encoder and decoder. */
export type Pass = {
  /** Every latent variable; their KLs add up. */
  latents: readonly Latent[];
  /** p(x | z). */
  likelihood: Distribution;
  /** Scalars that every objective adds to its loss, by name (nats per example). */
  penalties?: Record<string, tf.Tensor>;
  /** Applied once after a finite optimizer step, never in evaluation. */
  updates?: readonly Update[];
};

/**
 * What a trainer trains and an objective looks at. `Vae` is one; a ladder or a vector-quantised model is another.
 */
export interface VaeModel {
  /** One run of the model on a batch. */
  pass(batch: Batch, context: Context): Pass;
  /** Everything that a checkpoint must hold. */
  variables(): Variables;
  /** The variables that gradients train now; read at every step, so freezing works at any time. */
  trainableVariables(): tf.Variable[];
  /** What objectives may rely on. Unchecked if absent. */
  readonly offers?: readonly Need[];
  /** The values that the likelihood has a density for; data outside are refused. `'real'` if absent. */
  readonly support?: Support;
  /** Whether NaN in what the likelihood explains stands for a missing value. False if absent: NaN is refused. */
  readonly missing?: boolean;
  /** The `[…event]` of x, where known: data of another shape are refused. */
  readonly inputShape?: readonly (number | null)[];
  /** The `[…event]` of what the decoder explains, where known: a target of another shape is refused. */
  readonly outputShape?: readonly (number | null)[];
  /** Whether batches must, must not or may carry a `condition`. May if absent. */
  readonly conditional?: boolean;
  /** The networks of the model, by the path of their variables. */
  networks?(): Record<string, Network | undefined>;
  /** Disposes of everything that the model holds. */
  dispose?(): void;
}
