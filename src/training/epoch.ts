import * as tf from '@tensorflow/tfjs';
import { type Batch, batchTensors } from '../data/batch';
import { batchesOf, type RowOrder } from '../data/batches';
import type { Pacer } from '../data/pacer';
import { ReadQueue } from '../data/read-queue';
import { sizeOf } from '../data/source';
import { checkBatch } from '../models/check-data';
import type { VaeModel } from '../models/model';
import type { OpenData } from '../models/open-data';
import type { StepTerms } from '../objectives/objective';
import type { Rng } from '../random/rng';
import type { CallbackList } from './callbacks';
import { added, checkWeight, type Logs, meansOf, record } from './history';
import { type Progress, startEpoch } from './progress';
import { type Reading, readTerms, tensorsOf } from './read-terms';

/** What the epochs of one `fit` share. */
export type Run = {
  data: OpenData;
  batchSize: number;
  /** Makes the order of the rows in an epoch; without it, they keep their own. */
  shuffle: Rng | undefined;
  callbacks: CallbackList;
  progress: Progress;
  pacer: Pacer;
  model: VaeModel;
  /** Whether a batch whose step is not finite is passed over. */
  skips: boolean;
  /** Aborted when training is to end after the current step, by the caller's signal or by `stop`. */
  signal: AbortSignal;
  /** One step. */
  advance(batch: Batch): { terms: StepTerms; finite: tf.Scalar };
  /** Says why a step was not made. */
  explain(batch: Batch, step: number, index: number, reading: Reading): Promise<Error>;
  /** Measures anew what the model knows about the training set, where it knows something. */
  calibrate: (() => Promise<void>) | undefined;
  /** Evaluates on the validation data. */
  validation: (() => Promise<Logs>) | undefined;
};

/** One epoch, or what is left of it. False where it was interrupted. */
export async function runEpoch(run: Run): Promise<boolean> {
  const { data, batchSize, callbacks, progress, signal } = run;
  const size = sizeOf(data.source);
  const goesOn = size !== undefined && progress.size === size && progress.batchSize === batchSize;
  if (!goesOn) startEpoch(progress, progress.epoch);
  Object.assign(progress, { size, batchSize });
  const { epoch, batch: start } = progress;
  await callbacks.call('onEpochBegin', epoch);
  const shuffled = run.shuffle && size !== undefined && { order: await shuffledOrder(run.shuffle.fork(epoch), size) };
  const queue = new ReadQueue();
  /** Lets callbacks look at a trainer of which all numbers are known. */
  const rest = async (when: 'step' | 'epoch' | 'stop') => {
    const due = callbacks.due(when);
    if (due.length > 0) await queue.drain();
    callbacks.rests = true;
    for (const callback of due) await callback.onIdle?.();
    callbacks.rests = false;
  };
  callbacks.rests = false;
  try {
    const options = { batchSize, start, signal, ...shuffled };
    for await (const { index, batch } of batchesOf(data.owner, data.source, options)) {
      if (signal.aborted) {
        tf.dispose(batchTensors(batch));
        break;
      }
      await trainOn(batch, index, run, queue);
      progress.batch = index + 1;
      await rest('step');
      await run.pacer.turn();
    }
    await queue.drain();
  } catch (error) {
    await queue.settle();
    // The means lack what was not read back: the epoch starts anew.
    if (!callbacks.rests) startEpoch(progress, epoch);
    throw error;
  }
  if (signal.aborted) {
    await rest('stop');
    return false;
  }
  checkWeight(data.owner, progress.sums);
  const logs: Logs = { ...meansOf(progress.sums), ...(run.skips && { skipped: progress.skipped }) };
  await validate(run, logs);
  if (signal.aborted && (run.validation || run.calibrate)) {
    // The means of a part of the data are not reported; the next fit goes on with the rest.
    await rest('stop');
    return false;
  }
  record(progress.history, epoch, logs);
  startEpoch(progress, epoch + 1);
  await callbacks.call('onEpochEnd', epoch, logs);
  await rest('epoch');
  return true;
}

/** Above this, an array of the order and the numbers to draw it would take more than half a gigabyte. */
const LARGEST_ARRAY = 2 ** 26;

async function shuffledOrder(rng: Rng, size: number): Promise<RowOrder> {
  return size > LARGEST_ARRAY ? (await import('../random/keyed-order')).keyedOrder(rng, size) : rng.permutation(size);
}

async function trainOn(batch: Batch, index: number, run: Run, queue: ReadQueue): Promise<void> {
  const { callbacks, progress } = run;
  const step = progress.steps;
  const size = { batch: index, size: batch.x.shape[0]! };
  const release = () => tf.dispose(batchTensors(batch));
  let reading: Promise<Reading>;
  try {
    await callbacks.call('onBatchBegin', index, size);
    checkBatch(`${run.data.owner}: batch ${index}`, batch, run.model);
    const { terms, finite } = run.advance(batch);
    reading = readTerms(terms, batch, finite);
    tf.dispose(tensorsOf(terms));
    finite.dispose();
    callbacks.step();
  } catch (error) {
    release();
    throw error;
  }
  const handle = async (r: Reading) => {
    const allFinite = r.finite && Object.values(r.logs).every(Number.isFinite);
    if (!allFinite && !run.skips) throw await run.explain(batch, step, index, r);
    // A metric alone does not stop a step: the batch is not skipped, and the mean shows what is not finite.
    if (r.finite) progress.sums = added(progress.sums, r.logs, r.weight);
    else progress.skipped++;
    if (callbacks.has('onBatchEnd')) await callbacks.call('onBatchEnd', index, { ...size, ...r.logs });
  };
  await queue.push(reading, handle, release);
}

/** Adds what the validation gives, with the weights that callbacks want it to see. */
async function validate({ callbacks, calibrate, validation }: Run, logs: Logs): Promise<void> {
  if (!validation) return calibrate?.();
  try {
    await callbacks.call('onTestBegin');
    await calibrate?.();
    for (const [key, value] of Object.entries(await validation())) logs[`val_${key}`] = value;
  } finally {
    await callbacks.call('onTestEnd');
  }
}
