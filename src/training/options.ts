import type { TrainingData } from '../data/training-data';
import type { Callbacks } from './callbacks';
import type { Logs } from './history';

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
  /**
   * Whether arrays and readers are gone through in a new, seeded order in each epoch. Default true. A reader with
   * `blocks` is mixed within a window of several: `{ window }` is their number.
   */
  shuffle?:
    | boolean
    | {
        /** How many blocks are mixed at a time. */
        window: number;
      };
  /**
   * For a group of processes: says that `data` is a stream that gives each process its own share, so that no batch comes
   * twice. Default false: streams are refused. Arrays and readers are shared out without it.
   */
  ownShare?: boolean;
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
  'ownShare',
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
