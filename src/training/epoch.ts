import * as tf from '@tensorflow/tfjs';
import { batchTensors } from '../data/batch';
import { type BatchOptions, batchesOf } from '../data/batches';
import { ReadQueue } from '../data/read-queue';
import { sizeOf } from '../data/source';
import { couplesExamples } from '../models/need';
import { checkWeight, type Logs, meansOf } from './history';
import { continueEpoch, countBatch, finishEpoch, startEpoch } from './progress';
import { callIdle, isStopped, type Run } from './run';
import { trainOn } from './train-on';
import type { TrainerState } from './trainer-state';

/** One epoch, or what is left of it. False where it was interrupted. */
export async function runEpoch(run: Run): Promise<boolean> {
  const { state, data, batchSize, callbacks, signal } = run;
  const { progress } = state;
  const size = sizeOf(data.source);
  continueEpoch(progress, size, batchSize, data.source.mixing);
  const { epoch, batch: start } = progress;
  await callbacks.call('onEpochBegin', epoch);
  const order = await run.order(epoch);
  const queue = new ReadQueue();
  state.activity = 'stepping';
  try {
    const options = { batchSize, start, signal, ...(order && { order }) };
    await (run.together ?? alone).steps(run, queue, options);
    await queue.drain();
  } catch (error) {
    await queue.settle();
    // The means lack what was not read back: the epoch starts anew.
    if (!isIdle(state)) startEpoch(progress, epoch);
    throw error;
  }
  if (await isStopped(run)) return interrupt(run, queue);
  checkWeight(data.owner, progress.sums);
  const logs: Logs = { ...meansOf(progress.sums), ...(run.skips && { skipped: progress.skipped }) };
  const isWhole = await validate(run, logs);
  // The means of a part of the data are not reported; the next fit goes on with the rest.
  if (!isWhole) return interrupt(run, queue);
  finishEpoch(progress, logs);
  await callbacks.call('onEpochEnd', epoch, logs);
  await run.together?.endEpoch(run);
  await callIdle(run, queue, 'epoch');
  return true;
}

/** One process has all of each batch. */
const alone = {
  async steps(run: Run, queue: ReadQueue, options: BatchOptions): Promise<void> {
    const { data, state, signal } = run;
    for await (const numbered of batchesOf(data.owner, data.source, options)) {
      if (signal.aborted) {
        tf.dispose(batchTensors(numbered.batch));
        break;
      }
      await trainOn(run, queue, numbered);
      countBatch(state.progress, numbered.index);
      await callIdle(run, queue, 'step');
      await run.pacer.turn();
    }
  },
};

async function interrupt(run: Run, queue: ReadQueue): Promise<false> {
  await callIdle(run, queue, 'stop');
  return false;
}

function isIdle({ activity }: TrainerState): boolean {
  return activity === 'idle';
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
      const means = await objectiveMeans(state, validation, batchSize, signal, run.together);
      for (const [key, value] of Object.entries(means)) logs[`val_${key}`] = value;
    }
  } finally {
    if (validation) await callbacks.call('onTestEnd');
  }
  const stopped = await isStopped(run);
  return !(stopped && (validation || calibrates));
}
