import type * as tf from '@tensorflow/tfjs';
import type { Distribution } from '../distributions/distribution';
import type { Support, Update, Variables } from './model';
import type { CallOptions } from './run-network';

/** What `decode` takes beside z. */
export type DecodeOptions = CallOptions & {
  /** The data that the result will be held against; a likelihood with an optimal σ looks at it while training. */
  target?: tf.Tensor;
  /** Which elements of `target` count. */
  mask?: tf.Tensor;
};

/** A likelihood, and what training is to remember of it. */
export type Decoded<P extends Distribution> = { likelihood: P; updates: readonly Update[] };

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
  /** Whether the likelihood of an example depends on it alone, and not on its batch. */
  readonly perExample: boolean;
  decode(z: tf.Tensor, options?: DecodeOptions): P;
  /** `decode` with the updates of this step. */
  decodeWithUpdates(z: tf.Tensor, options: DecodeOptions): Decoded<P>;
  variables(): Variables;
  trainableVariables(): tf.Variable[];
  dispose(): void;
}
