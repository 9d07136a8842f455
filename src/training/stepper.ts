import * as tf from '@tensorflow/tfjs';
import type { Batch } from '../data/batch';
import type { Context, VaeModel, Variables } from '../models/model';
import { prefixed } from '../models/network';
import type { Objective, Player, Terms } from '../objectives/objective';
import type { Gradient, Optimizer } from '../optimizers/optimizer';
import { differentiate } from './differentiate';
import { applyGradients, applyUpdates, Paths } from './update';

/** What a `Stepper` is made of. */
export type StepperOptions = {
  model: VaeModel;
  objective: Objective;
  optimizer: Optimizer;
  /** Makes the optimizer of a player. */
  playerOptimizer(player: Player): Optimizer;
  clipNorm: number | undefined;
};

type Learner = { player: Player; optimizer: Optimizer; paths: Paths };

/** One training step: the model's, then that of each player. All on the device; nothing is read back. */
export class Stepper {
  private readonly options: StepperOptions;
  private readonly paths: Paths;
  private readonly learners: readonly Learner[];

  constructor(options: StepperOptions) {
    const { model, objective, playerOptimizer } = options;
    this.options = options;
    this.paths = new Paths(() => ({ ...model.variables(), ...objective.variables?.() }));
    this.learners = (objective.players?.(model) ?? []).map(player => ({
      player,
      optimizer: playerOptimizer(player),
      paths: new Paths(() => prefixed(player.name, player.variables())),
    }));
  }

  /** @returns The terms of the batch before the step, without updates (they are applied); the caller disposes of them. */
  run(batch: Batch, context: Context): Terms {
    const { model, objective, optimizer, clipNorm } = this.options;
    const variables = model.trainableVariables();
    if (variables.length === 0) throw new Error('VaeTrainer.step: the model has no trainable variable left to train');
    const { terms, gradients } = differentiate(() => objective.evaluate(model, batch, context), variables);
    const { updates = [], ...rest } = terms;
    const named = this.named(variables, gradients, this.paths);
    const finite = applyGradients(optimizer, terms.loss, named, { step: context.step, clipNorm });
    applyUpdates(updates, finite);
    tf.dispose([finite, gradients, updates.map(([, value]) => value)]);
    const metrics: Record<string, tf.Scalar> = { ...terms.metrics };
    for (const learner of this.learners) metrics[`${learner.player.name}Loss`] = this.play(learner, batch, context);
    return { ...rest, metrics };
  }

  /** State of the optimizers, by path. */
  variables(): Variables {
    const own = this.learners.map(({ player, optimizer }) => prefixed(player.name, optimizer.variables()));
    return Object.assign({}, this.options.optimizer.variables(), ...own);
  }

  dispose(): void {
    this.options.optimizer.dispose();
    for (const { optimizer } of this.learners) optimizer.dispose();
  }

  private play({ player, optimizer, paths }: Learner, batch: Batch, context: Context): tf.Scalar {
    const { model, clipNorm } = this.options;
    const variables = Object.values(player.variables()).filter(v => v.trainable);
    const rng = context.rng.fork(player.name);
    const { value, grads } = tf.variableGrads(() => player.loss(model, batch, { ...context, rng }), variables);
    const named = this.named(variables, grads, paths);
    const finite = applyGradients(optimizer, value, named, { step: context.step, clipNorm });
    tf.dispose([finite, grads]);
    return value;
  }

  private named(variables: readonly tf.Variable[], gradients: tf.NamedTensorMap, paths: Paths): Gradient[] {
    return variables.flatMap(variable => {
      const gradient = gradients[variable.name];
      return gradient ? { path: paths.of(variable), variable, gradient } : [];
    });
  }
}
