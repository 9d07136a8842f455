import type * as tf from '@tensorflow/tfjs';
import type { Batch } from '../data/batch';
import type { Context, Pass, VaeModel } from '../models/model';
import type { Need } from '../models/need';
import type { Schedule } from '../schedules/schedule';
import type { Update, Variables } from '../variables/variables';
import type { Player } from './objective';

/** What is known about a pass beside its batch. */
export type PassContext = Context & {
  /** The model that made the pass, for what needs more of it than the pass. */
  model: VaeModel;
};

/** What a term computes, where that is more than its value. */
export type TermResult = {
  /** What is added to the loss, times the weight: a scalar, or one number per example, `[batch]` or `[samples, batch]`. */
  value: tf.Tensor;
  /** Further values to report, by name. */
  metrics?: Record<string, tf.Scalar>;
  /** Applied once after a finite optimizer step, never in evaluation. */
  updates?: readonly Update[];
};

/**
 * A part that is added to the loss of an objective, `loss + weight · value`, whatever the objective is.
 *
 * The logs have the value under `name`, unweighted and averaged over the examples, and the weight under `name` with
 * `Weight` behind it. Where the weight is exactly 0, the term is not computed.
 *
 * @example
 * ```ts
 * const smallCodes = elboObjective({
 *   terms: [
 *     { name: 'codeNorm', weight: 0.1, evaluate: ({ latents }) => tf.mul(0.5, tf.sum(tf.square(latents[0]!.z), -1)) },
 *   ],
 * });
 * ```
 */
export type LossTerm = {
  /** Its key in the logs, and the prefix of its variables. */
  readonly name: string;
  /** A number or a schedule. */
  readonly weight: number | Schedule;
  /** What it needs of the model or the data, checked before training. */
  readonly needs?: readonly Need[];
  /** What in it looks at a batch as a whole, in words; absent where it is a mean over the examples. */
  readonly couples?: string | undefined;
  /** Its value in nats; the noise of `context.rng` is its own. Never keeps a tensor. */
  evaluate(pass: Pass, batch: Batch, context: PassContext): tf.Tensor | TermResult;
  /** State of its own, which `updates` move and a checkpoint holds. */
  variables?(): Variables;
  /** Other networks that learn. */
  players?(model: VaeModel): readonly Player[];
  /** Called once when the trainer is disposed of: the place to dispose of its variables. */
  dispose?(): void;
  /** Its settings as plain data, kept in checkpoints: a resumed run tells which of them changed. */
  readonly config?: object;
};
