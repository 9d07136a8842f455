import * as tf from '@tensorflow/tfjs';
import type { Batch } from '../data/batch';
import { withTransforms } from '../data/transforms';
import type { Context } from '../models/model';
import type { OpenData } from '../models/open-data';
import { joinNamed } from '../objectives/join-named';
import type { Player, StepTerms } from '../objectives/objective';
import { tidy } from '../ops/tidy';
import type { Optimizer } from '../optimizers/optimizer';
import { prefixed } from '../variables/variables';
import { descend } from './gradients';
import { places } from './group/share';
import { countStep, stepContext } from './progress';
import type { TrainerState } from './trainer-state';
import { applyUpdates, rememberUntrained, undo, undoUnlessFinite } from './updates';

/** The terms of a step, and whether it was made: 1 where all was finite, for the players too. */
export type Stepped = { terms: StepTerms; finite: tf.Scalar };

/** What is known about a batch beside its fields. */
type StepData = { gate: tf.Scalar | undefined; meanWeight: number | undefined };

/**
 * One training step: the model's, then that of each player. All of it runs on the device; nothing is read back.
 *
 * @param batch Its tensors stay the caller's.
 * @param data Where the batch is from, if that is known.
 * @returns The terms of the batch before the step, without updates (they are applied); the caller disposes of all.
 */
export function trainStep(state: TrainerState, batch: Batch, data?: OpenData): Stepped {
  // Where a group may train, noise belongs to the place in the batch, however many processes there are.
  const rows = state.group && places(0, batch.x.shape[0]!);
  const context = stepContext(state.progress, state.progress.steps, rows);
  const stepped = withTransforms(batch, state.transforms, context, transformed => {
    const gate = data?.gate?.(transformed);
    try {
      return stepAll(state, transformed, context, { gate, meanWeight: data?.source.meanWeight });
    } finally {
      gate?.dispose();
    }
  });
  countStep(state.progress);
  return stepped;
}

function stepAll(state: TrainerState, batch: Batch, context: Context, data: StepData): Stepped {
  return tidy(() => {
    const { terms, finite } = stepModel(state, batch, context, data);
    let metrics = terms.metrics ?? {};
    let all = finite;
    // A player may run the model again, but the batch must count only once in running statistics.
    const before = state.players.size > 0 ? rememberUntrained(state.model.variables()) : [];
    try {
      for (const [player, optimizer] of state.players) {
        const played = stepPlayer(state, player, optimizer, batch, context, data);
        metrics = joinNamed(metrics, { [`${player.name}Loss`]: played.terms.loss });
        all = tf.mul(all, played.finite);
      }
    } finally {
      undo(before);
    }
    return { terms: { ...terms, metrics }, finite: all };
  });
}

function stepModel(state: TrainerState, batch: Batch, context: Context, { gate, meanWeight }: StepData): Stepped {
  const { model, objective, optimizer, clipNorm, weightMean } = state;
  const trained = model.trainableVariables();
  if (trained.length === 0) throw new Error('VaeTrainer.step: the model has no trainable variable');
  return tidy(() => {
    const own = model.variables();
    const before = rememberUntrained(own);
    try {
      const weighing = batch.weights && weightMean.factor(batch.weights, meanWeight);
      const { terms, finite } = descend(
        () => objective.evaluate(model, batch, context),
        trained,
        { ...objective.variables?.(), ...own },
        { optimizer, clipNorm, gate, factor: weighing?.factor, step: context.step, examples: batch.x.shape[0]! },
      );
      const { updates = [], ...rest } = terms;
      undoUnlessFinite(before, finite);
      applyUpdates([...updates, ...(weighing?.updates ?? [])], finite);
      return { terms: rest, finite };
    } catch (error) {
      undo(before);
      throw explainMissingKernel(error);
    }
  });
}

function stepPlayer(
  { model, clipNorm }: TrainerState,
  player: Player,
  optimizer: Optimizer,
  batch: Batch,
  context: Context,
  { gate }: StepData,
) {
  const { trained, variables, evaluate } = playerTraining(player, model, batch, context);
  return tidy(() =>
    descend(evaluate, trained, variables, {
      optimizer,
      clipNorm,
      gate,
      step: context.step,
      examples: batch.x.shape[0]!,
    }),
  );
}

/** What is differentiated in the step of a player, by what, and the paths of that. */
export function playerTraining(player: Player, model: TrainerState['model'], batch: Batch, context: Context) {
  const variables = player.variables();
  const rng = context.rng.fork(player.name);
  return {
    evaluate: () => ({ loss: player.loss(model, batch, { ...context, rng }) }),
    trained: Object.values(variables).filter(v => v.trainable),
    variables: prefixed(player.name, variables),
  };
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
