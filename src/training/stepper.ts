import * as tf from '@tensorflow/tfjs';
import type { Batch } from '../data/batch';
import type { Context, VaeModel } from '../models/model';
import type { Objective, Player, StepTerms } from '../objectives/objective';
import { tidy } from '../ops/tidy';
import type { Gradient, Optimizer } from '../optimizers/optimizer';
import { prefixed } from '../variables/variables';
import { differentiate, variableGrads } from './differentiate';
import { applyGradients, applyUpdates, Paths, putBack, remember, restore, type StepOptions } from './update';
import { WeightMean } from './weight-mean';

/** What `Stepper` takes. */
export type StepperOptions = {
  model: VaeModel;
  objective: Objective;
  optimizer: Optimizer;
  /** Makes the optimizer of a player. */
  playerOptimizer(player: Player): Optimizer;
  clipNorm: number | undefined;
};

/** A network beside the model that learns, such as a discriminator. */
export type Learner = { player: Player; optimizer: Optimizer; paths: Paths };

/** The terms of a step, and whether it was made: 1 where all was finite, for the players too. */
export type Stepped = { terms: StepTerms; finite: tf.Scalar };

/** What is known about a batch beside its fields. */
export type StepData = { gate?: tf.Scalar | undefined; meanWeight?: number | undefined };

/** One training step: the model's, then that of each player. All of it runs on the device; nothing is read back. */
export class Stepper {
  readonly #options: StepperOptions;
  readonly #paths: Paths;
  /** Players and their optimizers. */
  readonly learners: readonly Learner[];
  /** The running mean of weights, for data whose mean weight is not known. */
  readonly weightMean = new WeightMean();
  #disposed = false;

  constructor(options: StepperOptions) {
    const { model, objective, playerOptimizer } = options;
    this.#options = options;
    this.#paths = new Paths(() => ({ ...model.variables(), ...objective.variables?.() }));
    this.learners = (objective.players?.(model) ?? []).map(player => ({
      player,
      optimizer: playerOptimizer(player),
      paths: new Paths(() => prefixed(player.name, player.variables())),
    }));
  }

  /**
   * @param data `gate`: 0, or NaN where the step is not to be made; `meanWeight`: of the examples of the data set, where
   * they have weights and it is known.
   * @returns The terms of the batch before the step, without updates (they are applied); the caller disposes of all.
   */
  run(batch: Batch, context: Context, data: StepData = {}): Stepped {
    return tidy(() => {
      const { terms, finite } = this.#own(batch, context, data);
      const metrics: Record<string, tf.Scalar> = { ...terms.metrics };
      let all = finite;
      // A player may run the model again, but the batch must count only once in running statistics.
      const before = this.learners.length > 0 ? remember(this.#options.model.variables()) : [];
      try {
        for (const learner of this.learners) {
          const played = this.#play(learner, batch, context, data);
          metrics[`${learner.player.name}Loss`] = played.loss;
          all = tf.mul(all, played.finite);
        }
      } finally {
        putBack(before);
      }
      return { terms: { ...terms, metrics }, finite: all };
    });
  }

  dispose(): void {
    this.#options.optimizer.dispose();
    for (const { optimizer } of this.learners) optimizer.dispose();
    this.weightMean.dispose();
    if (this.#disposed) return;
    this.#disposed = true;
    for (const { player } of this.learners) player.dispose?.();
    this.#options.objective.dispose?.();
  }

  /** The model's part of the step. */
  #own(batch: Batch, context: Context, { gate, meanWeight }: StepData): Stepped {
    const { model, objective, optimizer, clipNorm } = this.#options;
    const variables = model.trainableVariables();
    if (variables.length === 0) throw new Error('VaeTrainer.step: the model has no trainable variable');
    return tidy(() => {
      const before = remember(model.variables());
      try {
        const weighing = batch.weights && this.weightMean.factor(batch.weights, meanWeight);
        const evaluate = () => objective.evaluate(model, batch, context);
        const { terms, gradients } = differentiate(evaluate, variables, weighing?.factor);
        const { updates = [], ...rest } = terms;
        const named = this.#named(variables, gradients, this.#paths);
        const finite = applyGradients(optimizer, terms.loss, named, stepOf(batch, context, { clipNorm, gate }));
        restore(before, finite);
        applyUpdates([...updates, ...(weighing?.updates ?? [])], finite);
        return { terms: rest, finite };
      } catch (error) {
        putBack(before);
        throw explainMissingKernel(error);
      }
    });
  }

  #play({ player, optimizer, paths }: Learner, batch: Batch, context: Context, { gate }: StepData) {
    const { model, clipNorm } = this.#options;
    const variables = Object.values(player.variables()).filter(v => v.trainable);
    const rng = context.rng.fork(player.name);
    return tf.tidy(() => {
      const { value, grads } = variableGrads(() => player.loss(model, batch, { ...context, rng }), variables);
      const named = this.#named(variables, grads, paths);
      const finite = applyGradients(optimizer, value, named, stepOf(batch, context, { clipNorm, gate }));
      return { loss: value, finite };
    });
  }

  #named(variables: readonly tf.Variable[], gradients: tf.NamedTensorMap, paths: Paths): Gradient[] {
    return variables.flatMap(variable => {
      const gradient = gradients[variable.name];
      return gradient ? { path: paths.of(variable), variable, gradient } : [];
    });
  }
}

function stepOf({ x }: Batch, { step }: Context, options: Pick<StepOptions, 'clipNorm' | 'gate'>): StepOptions {
  return { step, examples: x.shape[0]!, ...options };
}

/** Adds what to do to the error of tfjs for a kernel that a backend lacks; other errors stay as they are. */
export function explainMissingKernel(error: unknown): unknown {
  const found = /kernel '(\w+)' .*backend '(\w+)'/i.exec(String(error));
  if (!found) return error;
  const [, kernel, backend] = found;
  return new Error(
    `VaeTrainer: backend '${backend}' lacks ${kernel}, which the model needs; leave prepareBackend on, or choose another backend`,
  );
}
