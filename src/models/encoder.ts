import type * as tf from '@tensorflow/tfjs';
import type { Distribution } from '../distributions/distribution';
import type { Variables } from './model';
import type { CallOptions } from './run-network';

/** From data to q(z | x). */
export interface Encoder<Q extends Distribution = Distribution> {
  /** Size of the latent vector. */
  readonly latentDim: number;
  /** The `[…event]` that `encode` takes. */
  readonly inputShape: readonly (number | null)[];
  /** Whether `encode` needs a condition. */
  readonly conditional: boolean;
  /** The kind of distribution that `encode` returns. */
  readonly posteriorKind: Q['kind'];
  encode(x: tf.Tensor, options?: CallOptions): Q;
  variables(): Variables;
  trainableVariables(): tf.Variable[];
  dispose(): void;
}
