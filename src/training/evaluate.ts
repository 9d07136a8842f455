import * as tf from '@tensorflow/tfjs';
import { type Batch, batchTensors } from '../data/batch';
import { batchesOf } from '../data/batches';
import { Pacer } from '../data/pacer';
import { ReadQueue } from '../data/read-queue';
import { type Source, sizeOf } from '../data/source';
import type { TrainingData } from '../data/training-data';
import { transformedCopy, withTransforms } from '../data/transforms';
import { checkBatch, givenTo } from '../models/check-data';
import type { Context } from '../models/model';
import { type OpenData, openData } from '../models/open-data';
import { checkCount } from '../ops/check';
import { checkKeys } from '../ops/check-keys';
import { tidy } from '../ops/tidy';
import { Rng } from '../random/rng';
import { addToSums, checkWeight, type Logs, meansOf, type Sums } from './history';
import { DEFAULT_BATCH_SIZE, type EvaluateOptions, type Evaluation } from './options';
import { contextOf } from './progress';
import { ownTerms, type Reading, readTerms, tensorsOf } from './read-terms';
import type { Together } from './run';
import { KERAS_HINTS, prepare, type TrainerState } from './trainer-state';

/** `VaeTrainer.evaluate`. */
export async function evaluate(state: TrainerState, data: TrainingData, options: EvaluateOptions): Promise<Evaluation> {
  checkKeys('evaluate', options, ['batchSize', 'signal'], KERAS_HINTS);
  const { batchSize = DEFAULT_BATCH_SIZE, signal } = options;
  checkCount('evaluate', 'batchSize', batchSize);
  const opened = await openData('evaluate: data', data, state.model, state.transforms);
  await prepare(state);
  const means = await objectiveMeans(state, opened, batchSize, signal);
  signal?.throwIfAborted();
  return means as Evaluation;
}

/**
 * Means per example of the objective, in one pass over the data.
 *
 * @param signal Ends the pass; the means are then of what was seen.
 * @param together Where several processes share the work.
 */
export async function objectiveMeans(
  state: TrainerState,
  { owner, source, gate }: OpenData,
  batchSize: number,
  signal?: AbortSignal,
  together?: Together,
): Promise<Logs> {
  state.pacer ??= new Pacer();
  const { model, pacer } = state;
  let sums: Sums = {};
  const queue = new ReadQueue();
  try {
    // Every process has a stream for itself, and evaluates all of it.
    const share = source.kind === 'stream' ? undefined : together?.share;
    for await (const { index, batch, rows } of batchesOf(owner, source, { batchSize, signal, share })) {
      const named = `${owner}: batch ${index}`;
      // Each time a new one, since what draws from it moves it on.
      const context = () => evaluationContext(state, rows, source);
      const release = () => tf.dispose(batchTensors(batch));
      let reading: Promise<Reading>;
      try {
        checkBatch(named, batch, givenTo(model, state.transforms));
        reading = readBatch(state, batch, context, gate);
      } catch (error) {
        release();
        throw error;
      }
      // Where its values are not known beforehand, the batch is needed until it has been found good.
      if (!gate) release();
      const handle = async ({ finite, logs, weight }: Reading) => {
        if (!finite) throw await refused(named, state, batch, context());
        sums = addToSums(sums, logs, weight);
      };
      await queue.push(reading, handle, gate ? release : undefined);
      await pacer.turn();
    }
    await queue.drain();
  } catch (error) {
    await queue.settle();
    throw error;
  }
  if (together && source.kind !== 'stream') sums = await together.merge(sums);
  if (!signal?.aborted) checkWeight(owner, sums);
  return meansOf(sums);
}

/** Noise of an evaluation: the noise of an example depends on the seed and its place in the data alone. */
export function evaluationContext({ progress }: TrainerState, rows: Uint32Array, source: Source): Context {
  return contextOf(progress, new Rng(progress.history.seed).fork('evaluate').forRows(rows), false, sizeOf(source));
}

/** Evaluates a batch, and starts to read the result. */
function readBatch(
  state: TrainerState,
  batch: Batch,
  context: () => Context,
  gate: OpenData['gate'],
): Promise<Reading> {
  const { model, objective, transforms } = state;
  return withTransforms(batch, transforms, context(), transformed => {
    // The weights of this step, such as β, are not a result.
    const { schedules: _, ...terms } = tidy(() => ownTerms(objective.evaluate(model, transformed, context())));
    const good = gate && tf.tidy(() => tf.add(1, gate(transformed)) as tf.Scalar);
    const reading = readTerms(terms, batch, good);
    tf.dispose(tensorsOf(terms));
    good?.dispose();
    return reading;
  });
}

/** Why a batch was not taken. */
async function refused(owner: string, { model, transforms }: TrainerState, given: Batch, context: Context) {
  const batch = transformedCopy(given, transforms, context);
  const { refusedBatch } = await import('../models/refused-values');
  const error = await refusedBatch(owner, batch, model);
  tf.dispose(batchTensors(batch));
  return error ?? new Error(`${owner}: a value is NaN, infinite or out of range`);
}
