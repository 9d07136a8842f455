import * as tf from '@tensorflow/tfjs';
import { type Batch, batchTensors } from '../data/batch';
import type { Source } from '../data/source';
import type { Terms } from '../objectives/objective';
import { Averages } from './averages';
import { batchesOf } from './batches';
import type { Logs } from './history';
import { Pacer } from './pacer';
import { ReadQueue } from './read-queue';
import { disposeTerms, readTerms } from './read-terms';

/** Means per example of what is said of each batch, in one pass over the data. */
export async function averageOver(
  source: Source,
  batchSize: number,
  termsOf: (batch: Batch, rows: Uint32Array) => Terms,
): Promise<Logs> {
  const averages = new Averages();
  const queue = new ReadQueue();
  const pacer = new Pacer();
  for await (const { batch, rows } of batchesOf('evaluate: data', source, { batchSize })) {
    try {
      // The weights of this step, such as β, are no result.
      const { schedules: _, ...terms } = termsOf(batch, rows);
      const reading = readTerms(terms, batch);
      disposeTerms(terms);
      await queue.push(reading, r => averages.add(r.logs, r.weight));
    } finally {
      tf.dispose(batchTensors(batch));
    }
    await pacer.turn();
  }
  await queue.drain();
  return averages.means();
}
