import * as tf from '@tensorflow/tfjs';
import { batchTensors } from './batch';
import { batchesOf } from './batches';
import type { NumberedBatch } from './numbered-batch';
import type { Pacer } from './pacer';
import type { ReadQueue } from './read-queue';
import type { Source } from './source';

/** How a data set is gone through. */
export type EachBatchOptions = {
  batchSize: number;
  pacer: Pacer;
  /** Reads that `use` starts; they have ended, and released what they hold, when the pass ends. */
  queue: ReadQueue;
  /** When aborted, ends the wait for the next batch; its reason is thrown before another batch is used. */
  signal?: AbortSignal | undefined;
};

/**
 * Goes through a data set once, in its order, without training. Each batch is disposed of when `use` is done with it,
 * and timers and the page get their turn in between.
 */
export async function eachBatch(
  owner: string,
  source: Source,
  { batchSize, pacer, queue, signal }: EachBatchOptions,
  use: (batch: NumberedBatch) => Promise<void>,
): Promise<void> {
  try {
    for await (const numbered of batchesOf(owner, source, { batchSize, signal })) {
      try {
        signal?.throwIfAborted();
        await use(numbered);
      } finally {
        tf.dispose(batchTensors(numbered.batch));
      }
      await pacer.turn();
    }
    await queue.drain();
  } catch (error) {
    await queue.settle();
    throw error;
  }
}
