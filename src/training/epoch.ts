import * as tf from '@tensorflow/tfjs';
import { batchTensors } from '../data/batch';
import { batchesOf } from '../data/batches';
import type { NumberedBatch } from '../data/numbered-batch';
import type { Pacer } from '../data/pacer';
import { ReadQueue } from '../data/read-queue';
import { sizeOf } from '../data/source';
import { checkBatch } from '../models/check-data';
import { couplesExamples } from '../models/need';
import type { OpenData } from '../models/open-data';
import type { CallbackList } from './callbacks';
import type { EpochOrder } from './epoch-order';
import { checkWeight, type Logs, meansOf } from './history';
import { addReading, continueEpoch, countBatch, finishEpoch, startEpoch } from './progress';
import { type Reading, readTerms, tensorsOf } from './read-terms';
import { trainStep } from './train-step';
import type { TrainerState } from './trainer-state';

/** What the epochs of one `fit` share. */
export type Run = {
  readonly state: TrainerState;
  readonly data: OpenData;
  /** What is evaluated after each epoch. */
  readonly validation: OpenData | undefined;
  readonly batchSize: number;
  readonly callbacks: CallbackList;
  readonly pacer: Pacer;
  readonly order: EpochOrder;
  /** Whether a batch whose step is not finite is passed over. */
  readonly skips: boolean;
  /** Aborted when training is to end after the current step, by the caller's signal or by `stop`. */
  readonly signal: AbortSignal;
};

/** One epoch, or what is left of it. False where it was interrupted. */
export async function runEpoch(run: Run): Promise<boolean> {
  const { state, data, batchSize, callbacks, signal } = run;
  const { progress } = state;
  const size = sizeOf(data.source);
  continueEpoch(progress, size, batchSize, run.order.mixing);
  const { epoch, batch: start } = progress;
  await callbacks.call('onEpochBegin', epoch);
  const order = await run.order.of(epoch);
  const queue = new ReadQueue();
  state.activity = 'stepping';
  try {
    const options = { batchSize, start, signal, ...(order && { order }) };
    for await (const numbered of batchesOf(data.owner, data.source, options)) {
      if (signal.aborted) {
        tf.dispose(batchTensors(numbered.batch));
        break;
      }
      await trainOn(run, queue, numbered);
      countBatch(progress, numbered.index);
      await callIdle(run, queue, 'step');
      await run.pacer.turn();
    }
    await queue.drain();
  } catch (error) {
    await queue.settle();
    // The means lack what was not read back: the epoch starts anew.
    if (!isIdle(state)) startEpoch(progress, epoch);
    throw error;
  }
  if (signal.aborted) return interrupt(run, queue);
  checkWeight(data.owner, progress.sums);
  const logs: Logs = { ...meansOf(progress.sums), ...(run.skips && { skipped: progress.skipped }) };
  const isWhole = await validate(run, logs);
  // The means of a part of the data are not reported; the next fit goes on with the rest.
  if (!isWhole) return interrupt(run, queue);
  finishEpoch(progress, logs);
  await callbacks.call('onEpochEnd', epoch, logs);
  await callIdle(run, queue, 'epoch');
  return true;
}

async function interrupt(run: Run, queue: ReadQueue): Promise<false> {
  await callIdle(run, queue, 'stop');
  return false;
}

/** Lets callbacks look at a trainer of which all numbers are known. */
async function callIdle({ state, callbacks }: Run, queue: ReadQueue, when: 'step' | 'epoch' | 'stop'): Promise<void> {
  const wanting = callbacks.wantingIdle(when);
  if (wanting.length > 0) await queue.drain();
  state.activity = 'idle';
  for (const callback of wanting) await callback.onIdle?.();
  state.activity = 'stepping';
}

function isIdle({ activity }: TrainerState): boolean {
  return activity === 'idle';
}

/** One step on a batch; what it reports is read back later, and the batch is disposed of then. */
async function trainOn(run: Run, queue: ReadQueue, { index, batch }: NumberedBatch): Promise<void> {
  const { state, data, callbacks } = run;
  const step = state.progress.steps;
  const size = { batch: index, size: batch.x.shape[0]! };
  const release = () => tf.dispose(batchTensors(batch));
  let reading: Promise<Reading>;
  try {
    await callbacks.call('onBatchBegin', index, size);
    checkBatch(`${data.owner}: batch ${index}`, batch, state.model);
    const { terms, finite } = trainStep(state, batch, data);
    reading = readTerms(terms, batch, finite);
    tf.dispose(tensorsOf(terms));
    finite.dispose();
    callbacks.step();
  } catch (error) {
    release();
    throw error;
  }
  const handle = async (read: Reading) => {
    const allFinite = read.finite && Object.values(read.logs).every(Number.isFinite);
    if (!allFinite && !run.skips) {
      const { explainFailure } = await import('./explain-failure');
      throw await explainFailure(state, batch, { step, batch: index }, read);
    }
    addReading(state.progress, read);
    if (callbacks.has('onBatchEnd')) await callbacks.call('onBatchEnd', index, { ...size, ...read.logs });
  };
  await queue.push(reading, handle, release);
}

/**
 * Measures anew what the model knows about the training set, and adds what the validation gives, with the weights that
 * callbacks want it to see. False where either was interrupted.
 */
async function validate(run: Run, logs: Logs): Promise<boolean> {
  const { state, callbacks, validation, batchSize, signal } = run;
  const calibrates = run.data.source.kind !== 'stream' && couplesExamples(state.model);
  try {
    if (validation) await callbacks.call('onTestBegin');
    if (calibrates) await (await import('./calibrate')).calibrateOn(state, run.data.source, batchSize, signal);
    if (validation) {
      const { objectiveMeans } = await import('./evaluate');
      const means = await objectiveMeans(state, validation, batchSize, signal);
      for (const [key, value] of Object.entries(means)) logs[`val_${key}`] = value;
    }
  } finally {
    if (validation) await callbacks.call('onTestEnd');
  }
  return !(signal.aborted && (validation || calibrates));
}
