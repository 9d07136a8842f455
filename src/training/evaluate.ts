import * as tf from '@tensorflow/tfjs';
import { type Batch, batchTensors } from '../data/batch';
import { batchesOf } from '../data/batches';
import { Pacer } from '../data/pacer';
import { ReadQueue } from '../data/read-queue';
import { type Source, sizeOf } from '../data/source';
import { withTransforms } from '../data/transforms';
import { checkBatch } from '../models/check-data';
import type { Context, VaeModel } from '../models/model';
import type { OpenData } from '../models/open-data';
import { tidy } from '../ops/tidy';
import { Rng } from '../random/rng';
import { added, checkWeight, type Logs, meansOf, type Sums } from './history';
import { contextOf } from './progress';
import { ownTerms, readTerms, tensorsOf } from './read-terms';
import type { TrainerParts } from './trainer-parts';

/** Noise of an evaluation: the noise of an example depends on the seed and its place in the data alone. */
export function evaluationContext({ progress }: TrainerParts, rows: Uint32Array, source: Source): Context {
  return contextOf(progress, new Rng(progress.history.seed).fork('evaluate').forRows(rows), false, sizeOf(source));
}

/**
 * Means per example of the objective, in one pass over the data.
 *
 * @param signal Ends the pass; the means are then of what was seen.
 */
export async function objectiveMeans(
  parts: TrainerParts,
  { owner, source, gate }: OpenData,
  batchSize: number,
  signal?: AbortSignal,
): Promise<Logs> {
  const { model, objective, transforms, later } = parts;
  later.pacer ??= new Pacer();
  const { pacer } = later;
  const transformed = <T>(batch: Batch, rows: Uint32Array, use: (batch: Batch) => T): T =>
    withTransforms(batch, transforms, evaluationContext(parts, rows, source), use);
  const evaluate = (batch: Batch, rows: Uint32Array) =>
    tidy(() => ownTerms(objective.evaluate(model, batch, evaluationContext(parts, rows, source))));
  let sums: Sums = {};
  const queue = new ReadQueue();
  try {
    for await (const { index, batch, rows } of batchesOf(owner, source, { batchSize, signal })) {
      const named = `${owner}: batch ${index}`;
      const release = () => tf.dispose(batchTensors(batch));
      // Kept until the batch has been found good.
      const later = gate ? release : () => {};
      let reading: ReturnType<typeof readTerms>;
      try {
        checkBatch(named, batch, model);
        reading = transformed(batch, rows, b => {
          // The weights of this step, such as β, are not a result.
          const { schedules: _, ...terms } = evaluate(b, rows);
          const good = gate && tf.tidy(() => tf.add(1, gate(b)) as tf.Scalar);
          const read = readTerms(terms, batch, good);
          tf.dispose(tensorsOf(terms));
          good?.dispose();
          return read;
        });
      } catch (error) {
        release();
        throw error;
      }
      if (!gate) release();
      const handle = async ({ finite, logs, weight }: Awaited<typeof reading>) => {
        if (!finite) throw await transformed(batch, rows, b => refused(named, b, model));
        sums = added(sums, logs, weight);
      };
      await queue.push(reading, handle, later);
      await pacer.turn();
    }
    await queue.drain();
  } catch (error) {
    await queue.settle();
    throw error;
  }
  if (!signal?.aborted) checkWeight(owner, sums);
  return meansOf(sums);
}

/** Why a batch was not taken. */
async function refused(owner: string, batch: Batch, model: VaeModel): Promise<Error> {
  // Copies, since what transforms made is gone before it has been read.
  const copies = Object.fromEntries(Object.entries(batch).map(([name, t]) => [name, t && tf.clone(t)])) as Batch;
  const { refusedBatch } = await import('../models/refused-values');
  const error = await refusedBatch(owner, copies, model);
  tf.dispose(batchTensors(copies));
  return error ?? new Error(`${owner}: a value is NaN, infinite or out of range`);
}
