import * as tf from '@tensorflow/tfjs';
import type { Batch } from '../data/batch';
import { eachBatch } from '../data/each-batch';
import type { NumberedBatch } from '../data/numbered-batch';
import { Pacer } from '../data/pacer';
import { ReadQueue } from '../data/read-queue';
import type { TrainingData } from '../data/training-data';
import { checkBatch } from '../models/check-data';
import type { VaeModel } from '../models/model';
import { type OpenData, openData } from '../models/open-data';
import { checkCount } from '../ops/check';
import { checkKeys } from '../ops/check-keys';

/** How far a pass over the data has come. */
export type InferenceProgress = {
  /** Examples whose results have arrived. */
  done: number;
  /** All examples; absent for a stream, whose length is not known. */
  total?: number;
};

/** What `embedAll`, `reconstructAll` and `scoreAll` take beside the model and the data. */
export type InferenceOptions = {
  /** Examples at a time; results do not depend on it, memory does. Default 128. Streams bring their own batches. */
  batchSize?: number;
  /** Called after each batch; a promise that it returns is awaited. */
  onProgress?: (progress: InferenceProgress) => unknown;
  /** Ends the pass: the promise is rejected with the signal's reason, an `AbortError` unless you gave another. */
  signal?: AbortSignal;
  /** Whether `prepareBackend` is called first. Default true. */
  prepareBackend?: boolean;
};

export const inferenceKeys = ['batchSize', 'onProgress', 'signal', 'prepareBackend'] as const;

/** Names that people bring from other libraries, and what to write instead. */
const inferenceHints = { verbose: 'onProgress', callbacks: 'onProgress', steps: 'batchSize' };

/** What is done with each batch. */
export type Inference = {
  /** Number of examples, where it is known. */
  size: number | undefined;
  /** The reads in flight: one, so that the device holds one batch and the results of the batch before. */
  queue: ReadQueue;
  /** To be called once a batch's results have arrived. */
  countArrived(examples: number): unknown;
  /** Lets the page and the signal have their turn within a batch. */
  letOthersRun(): Promise<void>;
};

/**
 * Opens and checks the data, then goes over them in batches.
 *
 * @param prepare Told the number of examples; returns what is done with each batch.
 * @throws The reason of the signal when it is aborted.
 */
export async function overBatches(
  owner: string,
  model: VaeModel,
  data: TrainingData,
  options: InferenceOptions,
  prepare: (inference: Inference) => (batch: NumberedBatch) => Promise<void>,
): Promise<void> {
  const { batchSize = 128, onProgress, signal } = options;
  checkCount(owner, 'batchSize', batchSize);
  signal?.throwIfAborted();
  const { source, gate } = await openData(`${owner}: data`, data, model);
  await tf.ready();
  if (options.prepareBackend ?? true) await (await import('../backends/prepare-backend')).prepareBackend();
  const pacer = new Pacer();
  const queue = new ReadQueue(1);
  const size = source.kind === 'stream' ? undefined : source.size;
  let done = 0;
  const use = prepare({
    size,
    queue,
    async letOthersRun() {
      await pacer.turn();
      signal?.throwIfAborted();
    },
    countArrived(examples) {
      done += examples;
      return onProgress?.({ done, ...(size !== undefined && { total: size }) });
    },
  });
  await eachBatch(`${owner}: data`, source, { batchSize, pacer, queue, signal }, async numbered => {
    const named = `${owner}: data: batch ${numbered.index}`;
    checkBatch(named, numbered.batch, model);
    if (gate) await checkValues(named, numbered.batch, model, gate);
    await use(numbered);
  });
  signal?.throwIfAborted();
}

/** @throws When a batch of a stream or a reader holds a value that is NaN or out of range. */
async function checkValues(owner: string, batch: Batch, model: VaeModel, gate: NonNullable<OpenData['gate']>) {
  const good = gate(batch);
  const [value] = await good.data().finally(() => good.dispose());
  if (value === 0) return;
  const { refusedBatch } = await import('../models/refused-values');
  throw (await refusedBatch(owner, batch, model)) ?? new Error(`${owner}: a value is NaN, infinite or out of range`);
}

/** @throws When an option is unknown or is not what it should be. */
export function checkInferenceOptions<T extends InferenceOptions>(
  owner: string,
  options: T,
  known: readonly (keyof T & string)[],
): void {
  checkKeys(owner, options, known, inferenceHints);
  const { onProgress, signal } = options;
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw new Error(`${owner}: onProgress must be a function, got ${String(onProgress)}`);
  }
  if (signal !== undefined && typeof signal?.throwIfAborted !== 'function') {
    throw new Error(`${owner}: signal must be an AbortSignal, such as AbortSignal.timeout(1000) or controller.signal`);
  }
}
