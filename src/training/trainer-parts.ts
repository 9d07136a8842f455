import type * as tf from '@tensorflow/tfjs';
import type { Pacer } from '../data/pacer';
import type { Source } from '../data/source';
import type { BatchTransform } from '../data/transforms';
import type { Json } from '../io/plain-json';
import type { VaeModel } from '../models/model';
import type { Objective } from '../objectives/objective';
import type { Optimizer } from '../optimizers/optimizer';
import type { CallbackList } from './callbacks';
import type { Progress } from './progress';
import type { Learner } from './stepper';
import type { WeightMean } from './weight-mean';

/** The parts of a trainer, for code that saves and restores them. */
export type TrainerParts = {
  model: VaeModel;
  objective: Objective;
  optimizer: Optimizer;
  learners: readonly Learner[];
  weightMean: WeightMean;
  progress: Progress;
  clipNorm: number | undefined;
  transforms: readonly BatchTransform[];
  /** Whether a `fit` is under way. */
  running: boolean;
  later: Pending;
};

/** What outlives a `fit`, or waits for the next one. */
export type Pending = {
  /** Those of the last `fit`. */
  callbacks?: CallbackList;
  /** One for all passes over data: many short ones in a row must yield as well. */
  pacer?: Pacer;
  /** What a resumed run holds for callbacks that are not there yet. */
  now?: Later;
  /** The data of the `fit` that is under way. */
  source?: Source;
  /** What is known about the data that were trained on last. */
  head?: Json | undefined;
  /** Compares data with those of the run that was resumed. @throws When they differ and are to be trained on. */
  check?: ((source: Source, trains: boolean) => Promise<void>) | undefined;
};

/** States of callbacks that are not there yet. */
type Later = {
  states: Record<string, Json>;
  /** `callback/…` */
  tensors: tf.NamedTensorMap;
  load(callbacks: CallbackList): void;
};

/** The optimizers, those of the players too, by their prefix in a checkpoint. */
export function optimizersOf({ optimizer, learners }: TrainerParts): Record<string, Optimizer> {
  const others = learners.map(({ player, optimizer }) => [`playerOptimizer/${player.name}`, optimizer] as const);
  return { optimizer, ...Object.fromEntries(others) };
}
