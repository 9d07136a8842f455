import type * as tf from '@tensorflow/tfjs';
import type { VaeModel } from '../models/model';
import type { Objective } from '../objectives/objective';
import type { Optimizer } from '../optimizers/optimizer';
import type { CallbackList, Json } from './callbacks';
import type { Progress } from './progress';
import type { Learner } from './stepper';

/** What a trainer is made of, for those who save it. */
export type TrainerParts = {
  model: VaeModel;
  objective: Objective;
  optimizer: Optimizer;
  learners: readonly Learner[];
  progress: Progress;
  callbacks: CallbackList | undefined;
  /** What waits for the callbacks of the next `fit`. */
  later: { now?: Later };
};

/** States of callbacks that are not there yet. */
export type Later = {
  states: Record<string, Json>;
  /** `callback/…` */
  tensors: tf.NamedTensorMap;
  load(callbacks: CallbackList): void;
};

/** Those of the players too, by their part of a checkpoint. */
export function optimizersOf({ optimizer, learners }: TrainerParts): Record<string, Optimizer> {
  const others = learners.map(({ player, optimizer }) => [`playerOptimizer/${player.name}`, optimizer] as const);
  return { optimizer, ...Object.fromEntries(others) };
}
