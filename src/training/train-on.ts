import * as tf from '@tensorflow/tfjs';
import { type Batch, batchTensors } from '../data/batch';
import type { NumberedBatch } from '../data/numbered-batch';
import type { ReadQueue } from '../data/read-queue';
import { checkBatch, givenTo } from '../models/check-data';
import { addReading } from './progress';
import { type Reading, readTerms, tensorsOf } from './read-terms';
import type { Run } from './run';
import { trainStep } from './train-step';

/** One step on a batch; what it reports is read back later, and the batch is disposed of then. */
export async function trainOn(run: Run, queue: ReadQueue, { index, batch }: NumberedBatch): Promise<void> {
  const { state, data, callbacks } = run;
  const size = batch.x.shape[0]!;
  const handle = readingHandler(run, batch, { step: state.progress.steps, index, size });
  let reading: Promise<Reading>;
  try {
    await callbacks.call('onBatchBegin', index, { batch: index, size });
    checkBatch(`${data.owner}: batch ${index}`, batch, givenTo(state.model, state.transforms));
    const { terms, finite } = trainStep(state, batch, data);
    reading = readTerms(terms, batch, finite);
    tf.dispose(tensorsOf(terms));
    finite.dispose();
    callbacks.step();
  } catch (error) {
    tf.dispose(batchTensors(batch));
    throw error;
  }
  await queue.push(reading, handle, () => tf.dispose(batchTensors(batch)));
}

/** Which step it was. */
export type StepPlace = {
  step: number;
  /** The number of the batch in its epoch. */
  index: number;
  /** How many examples the batch has. */
  size: number;
  /** The places of its examples, where the noise is theirs. */
  rows?: Uint32Array;
};

/**
 * What becomes of the numbers of a step: they are added to those of the epoch.
 *
 * @param batch What this process has of the batch; it is needed until the numbers have come.
 */
export function readingHandler(run: Run, batch: Batch, { index, size, ...place }: StepPlace) {
  const { state, callbacks } = run;
  return async (read: Reading) => {
    const allFinite = read.finite && Object.values(read.logs).every(Number.isFinite);
    if (!allFinite && !run.skips) {
      const { explainFailure } = await import('./explain-failure');
      throw await explainFailure(state, batch, { ...place, batch: index }, read);
    }
    addReading(state.progress, read);
    if (callbacks.has('onBatchEnd')) await callbacks.call('onBatchEnd', index, { batch: index, size, ...read.logs });
  };
}
