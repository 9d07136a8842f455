import * as tf from '@tensorflow/tfjs';
import { type Batch, batchTensors } from '../data/batch';
import { type BatchTransform, transformed } from '../data/transforms';
import type { Context, VaeModel } from '../models/model';
import { refusedBatch } from '../models/refused-values';
import type { Objective, Player } from '../objectives/objective';
import { tidy } from '../ops/tidy';
import { differentiate, variableGrads } from './differentiate';
import { type Reading, scalarsOf, tensorsOf } from './read-terms';
import type { Learner } from './stepper';

/** What is run again. */
export type Replay = {
  model: VaeModel;
  objective: Objective;
  batch: Batch;
  learners: readonly Learner[];
  transforms: readonly BatchTransform[];
  context: Context;
};

/**
 * Finds what is not finite in a step by making it again: weights, terms, gradients, each by name.
 *
 * On a GPU a few further steps may have been made since, so that what went wrong may not come again: then nothing is
 * found.
 */
async function culprits({ model, objective, batch: given, learners, transforms, context }: Replay) {
  const batch = seen(given, transforms, context);
  const weights = Object.entries(model.variables()).map(([path, v]) => [`the weight ${path}`, v] as const);
  const found = await notFinite(weights);
  const trained = model.trainableVariables();
  const resting = Object.values(model.variables()).filter(v => !v.trainable);
  const before = resting.map(v => tf.clone(v));
  const { terms, gradients } = differentiate(() => objective.evaluate(model, batch, context), trained);
  resting.forEach((v, i) => {
    v.assign(before[i]!);
  });
  const byName = new Map(Object.entries(model.variables()).map(([path, v]) => [v.name, path]));
  const scalars = scalarsOf(terms);
  const slopes = Object.entries(gradients).map(
    ([name, g]) => [`the gradient of ${byName.get(name) ?? name}`, g] as const,
  );
  found.push(...(await notFinite([...scalars, ...slopes])));
  tf.dispose(tensorsOf(terms));
  tf.dispose([gradients, before]);
  for (const { player } of learners) found.push(...(await culpritsOf(player, model, batch, context)));
  tf.dispose(batchTensors(batch));
  return found;
}

async function culpritsOf(player: Player, model: VaeModel, batch: Batch, context: Context): Promise<string[]> {
  const variables = player.variables();
  const trained = Object.values(variables).filter(v => v.trainable);
  const rng = context.rng.fork(player.name);
  const { value, grads } = variableGrads(() => player.loss(model, batch, { ...context, rng }), trained);
  const slopes = Object.entries(variables).flatMap(([path, v]) => {
    const gradient = grads[v.name];
    return gradient ? [[`the gradient of ${player.name}/${path}`, gradient] as const] : [];
  });
  const found = await notFinite([[`${player.name}Loss`, value], ...slopes]);
  tf.dispose([value, grads]);
  return found;
}

/**
 * The error for a step that was not made, which names what is wrong with the data or else what was not finite; or for a
 * step that was made, but reported a number that is not finite.
 */
export async function explainFailure(
  replay: Replay,
  { step, batch, epoch }: { step: number; batch: number; epoch: number },
  { logs, finite }: Reading,
): Promise<Error> {
  const data = seen(replay.batch, replay.transforms, replay.context);
  const refused = await refusedBatch(`fit: data: batch ${batch}`, data, replay.model);
  tf.dispose(batchTensors(data));
  if (refused) return refused;
  const where = `step ${step} (batch ${batch} of epoch ${epoch})`;
  const bad = Object.keys(logs).filter(key => !Number.isFinite(logs[key]!));
  const what = bad.map(key => `${key} is ${logs[key]}`).join(', ') || 'a gradient is not finite';
  if (finite) {
    return new Error(
      `fit: ${what} at ${where}; loss and gradients are finite, so the step was made. Mend the metric, or give onNonFinite: 'skip' to go on.`,
    );
  }
  const found = await culprits(replay).then(
    names => names.filter(name => !bad.includes(name)),
    (error: Error) => error,
  );
  const kept = replay.learners.length === 0 ? 'the weights were not touched' : 'no update that is not finite was made';
  return new Error(
    `fit: ${what} at ${where}; ${kept}. ${describeFindings(found)} A lower learningRate, clipNorm, or data scaled to about [0, 1] usually mend this.`,
  );
}

function describeFindings(found: string[] | Error): string {
  if (found instanceof Error) return `The step could not be made again: ${found.message}.`;
  return found.length > 0 ? `Not finite: ${list(found)}.` : 'Made again, the step has nothing else that is not finite.';
}

async function notFinite(named: readonly (readonly [string, tf.Tensor])[]): Promise<string[]> {
  const flags = await Promise.all(
    named.map(async ([, t]) => {
      // A product with 0 is 0 for what is finite, and cannot overflow.
      const flag = tf.tidy(() => tf.all(tf.equal(tf.mul(tf.cast(t, 'float32'), 0), 0)));
      const [finite] = await flag.data();
      flag.dispose();
      return finite === 1;
    }),
  );
  return named.flatMap(([name], i) => (flags[i] ? [] : [name]));
}

function list(names: readonly string[]): string {
  return names.slice(0, 6).join(', ') + (names.length > 6 ? ` and ${names.length - 6} more` : '');
}

/** A batch as the model saw it, made of clones, so that all of it may be disposed of. */
function seen(batch: Batch, transforms: Replay['transforms'], context: Context): Batch {
  return tidy(() => transformed(cloned(batch), transforms, context));
}

function cloned(batch: Batch): Batch {
  return Object.fromEntries(Object.entries(batch).map(([name, t]) => [name, t && tf.clone(t)])) as Batch;
}
