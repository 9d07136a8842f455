import type * as tf from '@tensorflow/tfjs';
import type { Batch } from '../data/batch';
import type { Context, VaeModel } from '../models/model';
import type { Need } from '../models/need';
import type { Update, Variables } from '../variables/variables';

/** What an objective computes for a batch: scalars, nats per example. */
export type Terms = {
  /** What is minimised. */
  loss: tf.Scalar;
  /** The negative log-likelihood. */
  reconstruction: tf.Scalar;
  /** The true evidence lower bound, whatever the loss is; absent where there is none. */
  elbo?: tf.Scalar;
  /** KL(q(z | x) ‖ p(z)), summed over all latent variables. */
  kl?: tf.Scalar;
  /** Further values to report, by name. */
  metrics?: Record<string, tf.Scalar>;
  /** The weights of this step, by name, such as `beta`: plain numbers for the logs. */
  schedules?: Record<string, number>;
  /** Applied once after a finite optimizer step, never in evaluation. */
  updates?: readonly Update[];
};

/** What a training step returns: its updates are applied. */
export type StepTerms = Omit<Terms, 'updates'>;

/** A network beside the model that learns too, such as a discriminator, with its own variables, loss and optimizer. */
export interface Player {
  /** Prefix of its variables' paths and of its loss in the logs. */
  readonly name: string;
  /** What its loss trains, by path. */
  variables(): Variables;
  /** Its loss on the batch, after the model's step; gradients reach its own variables alone. */
  loss(model: VaeModel, batch: Batch, context: Context): tf.Scalar;
  /** Step size of its Adam; that of the trainer unless given. */
  readonly learningRate?: number;
  /** Called once when the trainer is disposed of: the place to dispose of its variables. */
  dispose?(): void;
}

/**
 * What a trainer minimises. It sees a model through `pass` alone, so it works for one latent variable, for several,
 * for conditional priors and for your own models.
 */
export interface Objective {
  /** The terms of a batch; differentiated by the trainer. Never keeps a tensor. */
  evaluate(model: VaeModel, batch: Batch, context: Context): Terms;
  /** What the model or the data must offer; checked before training. */
  readonly needs?: readonly Need[];
  /**
   * What in it looks at a batch as a whole, in words such as `'capacity'`; absent where the loss is a mean over the
   * examples. A group of processes, of which each has a part of the batch, refuses it.
   */
  readonly couples?: string | undefined;
  /** Other networks that learn. */
  players?(model: VaeModel): readonly Player[];
  /** Its settings as plain data and schedules, kept in checkpoints: a resumed run tells which of them changed. */
  readonly config?: object;
  /** State that a checkpoint must hold. */
  variables?(): Variables;
  /** Called once when the trainer is disposed of: the place to dispose of that state. */
  dispose?(): void;
}
