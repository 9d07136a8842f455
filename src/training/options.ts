import type * as tf from '@tensorflow/tfjs';
import type { TrainingData } from '../data/training-data';
import type { BatchTransform } from '../data/transforms';
import type { VaeModel } from '../models/model';
import type { Objective } from '../objectives/objective';
import type { Optimizer } from '../optimizers/optimizer';
import type { Schedule } from '../schedules/schedule';
import type { Callbacks } from './callbacks';
import type { Logs } from './history';

/** What `VaeTrainer` takes. */
export type VaeTrainerOptions = {
  /** What is trained: a `Vae`, or anything with a `pass`. */
  model: VaeModel;
  /** What is minimised. `elboObjective()` by default. */
  objective?: Objective;
  /** The optimizer: one of ours, or one of `tf.train`. Adam by default. Disposed of with the trainer. */
  optimizer?: Optimizer | tf.Optimizer;
  /** Step size of the default Adam: a number or a schedule. Default 1e-3. */
  learningRate?: number | Schedule;
  /** Largest global norm of a gradient; larger ones are scaled down to it. */
  clipNorm?: number;
  /** Applied to every batch, in training and in evaluation. */
  transforms?: readonly BatchTransform[];
  /** Seed of noise and shuffling. Drawn where absent, and reported as `seed`. */
  seed?: number;
  /** Whether kernels that train wrongly or slowly are replaced first. Default true. */
  prepareBackend?: boolean;
};

/** The keys of `VaeTrainerOptions`. */
export const TRAINER_KEYS = [
  'model',
  'objective',
  'optimizer',
  'learningRate',
  'clipNorm',
  'transforms',
  'seed',
  'prepareBackend',
] as const;

/** What to write instead of the names that Keras uses. */
export const KERAS_HINTS = {
  lr: 'learningRate',
  loss: 'objective',
  validationSplit: 'validationData, which splitDataset makes',
  verbose: 'callbacks: progressBar() of tfjs-vae/node',
};

/** What `fit` takes. */
export type FitOptions = {
  /** How many epochs to train; what is left of an interrupted epoch counts as the first. */
  epochs?: number;
  /** Instead of `epochs`: how many epochs the trainer has completed at the end, those before a resume included. */
  totalEpochs?: number;
  /** Examples per step. Default 128. Streams bring their own batches. */
  batchSize?: number;
  /** Evaluated after each epoch. */
  validationData?: TrainingData;
  /** One callback or several, in the shape of `LayersModel.fit`. */
  callbacks?: Callbacks;
  /** Ends training after the current step, or at once while data are waited for; `fit` then returns the history so far. */
  signal?: AbortSignal;
  /**
   * What becomes of a batch whose loss or gradient is not finite, or whose values are not ones to train on (NaN, outside
   * the support of the likelihood, weights below 0, a mask beyond 1); its step is not made in either case. Default
   * `'throw'`.
   */
  onNonFinite?: 'throw' | 'skip';
  /** Whether arrays and readers are gone through in a new, seeded order in each epoch. Default true. */
  shuffle?: boolean;
};

/** The keys of `FitOptions`. */
export const FIT_KEYS = [
  'epochs',
  'totalEpochs',
  'batchSize',
  'validationData',
  'callbacks',
  'signal',
  'onNonFinite',
  'shuffle',
] as const;

/** Examples at a time, unless told otherwise. */
export const DEFAULT_BATCH_SIZE = 128;

/** What `evaluate` takes. */
export type EvaluateOptions = {
  /** Examples at a time. The result does not depend on it, but for losses that couple a batch; see `evaluate`. Default 128. */
  batchSize?: number;
  /** Ends the pass, also while data are waited for: the call then throws the signal's reason. */
  signal?: AbortSignal;
};

/** What `evaluate` returns: means per example, in nats. A key that the objective does not have is absent. */
export type Evaluation = {
  /** What the objective minimises. */
  loss: number;
  /** The true evidence lower bound. */
  elbo: number;
  /** The negative log-likelihood. */
  reconstruction: number;
  /** KL(q(z | x) ‖ p(z)). */
  kl: number;
} & Logs;
