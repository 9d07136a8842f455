import * as tf from '@tensorflow/tfjs';
import { type Batch, batchTensors } from '../data/batch';
import { transformedCopy } from '../data/transforms';
import type { Context, VaeModel } from '../models/model';
import { refusedBatch } from '../models/refused-values';
import type { Gradient } from '../optimizers/optimizer';
import { differentiate } from './gradients';
import { stepContext } from './progress';
import { type Reading, scalarsOf, tensorsOf } from './read-terms';
import { playerTraining } from './train-step';
import type { TrainerState } from './trainer-state';
import { rememberUntrained, undo } from './updates';

/**
 * The error for a step that was not made, which names what is wrong with the data or else what was not finite; or for a
 * step that was made, but reported a number that is not finite.
 *
 * @param place The numbers of the step, and of the batch in its epoch; the places of its examples in the batch of a group.
 */
export async function explainFailure(
  state: TrainerState,
  given: Batch,
  { step, batch: index, rows }: { step: number; batch: number; rows?: Uint32Array | undefined },
  { logs, finite }: Reading,
): Promise<Error> {
  const context = stepContext(state.progress, step, rows);
  const batch = transformedCopy(given, state.transforms, context);
  try {
    const refused = await refusedBatch(`fit: data: batch ${index}`, batch, state.model);
    if (refused) return refused;
    const where = `step ${step} (batch ${index} of epoch ${state.progress.epoch})`;
    const bad = Object.keys(logs).filter(key => !Number.isFinite(logs[key]!));
    const what = bad.map(key => `${key} is ${logs[key]}`).join(', ') || 'a gradient is not finite';
    if (finite) {
      return new Error(
        `fit: ${what} at ${where}; loss and gradients are finite, so the step was made. Mend the metric, or give onNonFinite: 'skip' to go on.`,
      );
    }
    const found = await notFiniteIn(state, batch, context).then(
      names => names.filter(name => !bad.includes(name)),
      (error: Error) => error,
    );
    const elsewhere = (state.group?.size ?? 1) > 1 ? ' Other processes of the group look at their own examples.' : '';
    const kept = state.players.size === 0 ? 'the weights were not touched' : 'no update that is not finite was made';
    return new Error(
      `fit: ${what} at ${where}; ${kept}. ${describeFound(found)}${elsewhere} A lower learningRate, clipNorm, or data scaled to about [0, 1] usually mend this.`,
    );
  } finally {
    tf.dispose(batchTensors(batch));
  }
}

/**
 * Finds what is not finite in a step by making it again: weights, terms, gradients, each by name.
 *
 * On a GPU a few further steps may have been made since, so that what went wrong may not come again: then nothing is
 * found.
 */
async function notFiniteIn(state: TrainerState, batch: Batch, context: Context): Promise<string[]> {
  const { model, objective } = state;
  const variables = model.variables();
  const found = await notFinite(Object.entries(variables).map(([path, v]) => [`the weight ${path}`, v]));
  const all = { ...objective.variables?.(), ...variables };
  const evaluate = () => objective.evaluate(model, batch, context);
  const { terms, gradients } = replay(model, () => differentiate(evaluate, model.trainableVariables(), all));
  found.push(...(await notFinite([...scalarsOf(terms), ...named(gradients)])));
  tf.dispose([tensorsOf(terms), gradients.map(g => g.gradient)]);
  for (const player of state.players.keys()) {
    const training = playerTraining(player, model, batch, context);
    const played = replay(model, () => differentiate(training.evaluate, training.trained, training.variables));
    const { loss } = played.terms;
    found.push(...(await notFinite([[`${player.name}Loss`, loss], ...named(played.gradients)])));
    tf.dispose([loss, played.gradients.map(g => g.gradient)]);
  }
  return found;
}

/** Runs a model once more, after which its running statistics are as they were. */
function replay<T>(model: VaeModel, run: () => T): T {
  const before = rememberUntrained(model.variables());
  try {
    return run();
  } finally {
    undo(before);
    tf.dispose(before.map(([, value]) => value));
  }
}

type Named = readonly [name: string, tensor: tf.Tensor];

function named(gradients: readonly Gradient[]): Named[] {
  return gradients.map(({ path, gradient }) => [`the gradient of ${path}`, gradient]);
}

async function notFinite(tensors: readonly Named[]): Promise<string[]> {
  const flags = await Promise.all(
    tensors.map(async ([, t]) => {
      // A product with 0 is 0 for what is finite, and cannot overflow.
      const flag = tf.tidy(() => tf.all(tf.equal(tf.mul(tf.cast(t, 'float32'), 0), 0)));
      const [finite] = await flag.data();
      flag.dispose();
      return finite === 1;
    }),
  );
  return tensors.flatMap(([name], i) => (flags[i] ? [] : [name]));
}

function describeFound(found: string[] | Error): string {
  if (found instanceof Error) return `The step could not be made again: ${found.message}.`;
  return found.length > 0 ? `Not finite: ${list(found)}.` : 'Made again, the step has nothing else that is not finite.';
}

function list(names: readonly string[]): string {
  return names.slice(0, 6).join(', ') + (names.length > 6 ? ` and ${names.length - 6} more` : '');
}
