import * as tf from '@tensorflow/tfjs';
import { type Batch, batchTensors } from '../data/batch';
import { batchesOf } from '../data/batches';
import type { Pacer } from '../data/pacer';
import { ReadQueue } from '../data/read-queue';
import type { Source } from '../data/source';
import { checkBatch, checkRange } from '../models/check-data';
import type { VaeModel } from '../models/model';
import type { StepTerms } from '../objectives/objective';
import type { Rng } from '../random/rng';
import { added, meansOf } from './averages';
import type { CallbackList } from './callbacks';
import type { Health } from './health';
import { type Logs, record } from './history';
import { type Progress, startEpoch } from './progress';
import { type Reading, readTerms, tensorsOf } from './read-terms';

/** What the epochs of one `fit` share. */
export type Run = {
  source: Source;
  batchSize: number;
  /** Makes the order of the rows in an epoch; theirs where absent. */
  shuffle: Rng | undefined;
  callbacks: CallbackList;
  progress: Progress;
  pacer: Pacer;
  model: VaeModel;
  /** Whether a batch whose step is not finite is passed over. */
  skips: boolean;
  stopped(): boolean;
  /** One step. */
  advance(batch: Batch): { terms: StepTerms } & Health;
  /** Says what was not finite in a step. */
  explain(batch: Batch, step: number, where: string, reading: Reading): Promise<Error>;
  /** Evaluates on the validation data. */
  validation: (() => Promise<Logs>) | undefined;
};

/** One epoch, or what is left of it. False where it was interrupted. */
export async function runEpoch(run: Run): Promise<boolean> {
  const { source, batchSize, callbacks, progress } = run;
  const size = sizeOf(source);
  const goesOn = size !== undefined && progress.size === size && progress.batchSize === batchSize;
  if (!goesOn) startEpoch(progress, progress.epoch);
  Object.assign(progress, { size, batchSize });
  const { epoch, batch: start } = progress;
  await callbacks.call('onEpochBegin', epoch);
  const shuffled = run.shuffle && size !== undefined && { order: run.shuffle.fork(epoch).permutation(size) };
  const queue = new ReadQueue();
  /** Lets callbacks look at a trainer of which all numbers are known. */
  const rest = async (when: 'step' | 'epoch' | 'stop') => {
    const due = callbacks.due(when);
    if (due.length > 0) await queue.drain();
    atRest = true;
    for (const callback of due) await callback.onRest?.();
    atRest = false;
  };
  let atRest = false;
  try {
    for await (const { index, batch } of batchesOf('fit: data', source, { batchSize, start, ...shuffled })) {
      if (run.stopped()) {
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
    if (!atRest) startEpoch(progress, epoch);
    throw error;
  }
  if (run.stopped()) {
    await rest('stop');
    return false;
  }
  const logs: Logs = { ...meansOf(progress.sums), ...(run.skips && { skipped: progress.skipped }) };
  await validate(run, logs);
  record(progress.history, epoch, logs);
  startEpoch(progress, epoch + 1);
  await callbacks.call('onEpochEnd', epoch, logs);
  await rest('epoch');
  return true;
}

/** Known for data that can be gone through in any order. */
export function sizeOf(source: Source): number | undefined {
  return source.kind === 'stream' ? undefined : source.size;
}

async function trainOn(batch: Batch, index: number, run: Run, queue: ReadQueue): Promise<void> {
  const { callbacks, progress } = run;
  const step = progress.steps;
  const size = { batch: index, size: batch.x.shape[0]! };
  const release = () => tf.dispose(batchTensors(batch));
  let reading: Promise<Reading>;
  try {
    await callbacks.call('onBatchBegin', index, size);
    checkBatch(`fit: batch ${index}`, batch, run.model);
    const { terms, ...health } = run.advance(batch);
    reading = readTerms(terms, batch, health);
    tf.dispose(tensorsOf(terms));
    tf.dispose(health);
    callbacks.step();
  } catch (error) {
    release();
    throw error;
  }
  const handle = async (r: Reading) => {
    checkRange('fit', index, r.range);
    const allFinite = r.finite && Object.values(r.logs).every(Number.isFinite);
    if (!allFinite && !run.skips) {
      throw await run.explain(batch, step, `step ${step} (batch ${index} of epoch ${progress.epoch})`, r);
    }
    // A metric alone gates no step: it is not skipped, and the mean tells of what is not finite.
    if (r.finite) progress.sums = added(progress.sums, r.logs, r.weight);
    else progress.skipped++;
    if (callbacks.has('onBatchEnd')) await callbacks.call('onBatchEnd', index, { ...size, ...r.logs });
  };
  await queue.push(reading, handle, release);
}

/** Adds what the validation gives. */
async function validate({ callbacks, validation }: Run, logs: Logs): Promise<void> {
  if (!validation) return;
  try {
    await callbacks.call('onTestBegin');
    for (const [key, value] of Object.entries(await validation())) logs[`val_${key}`] = value;
  } finally {
    await callbacks.call('onTestEnd');
  }
}
