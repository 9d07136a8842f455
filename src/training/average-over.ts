import * as tf from '@tensorflow/tfjs';
import { type Batch, batchTensors } from '../data/batch';
import { batchesOf } from '../data/batches';
import type { Pacer } from '../data/pacer';
import { ReadQueue } from '../data/read-queue';
import type { Source } from '../data/source';
import { checkRange } from '../models/check-data';
import type { Terms } from '../objectives/objective';
import { added, meansOf, type Sums } from './averages';
import type { Health } from './health';
import type { Logs } from './history';
import { readTerms, tensorsOf } from './read-terms';

/** Means per example of what is said of each batch, in one pass over the data. */
export async function averageOver(
  source: Source,
  batchSize: number,
  pacer: Pacer,
  evaluated: (batch: Batch, rows: Uint32Array) => { terms: Terms } & Health,
): Promise<Logs> {
  let sums: Sums = {};
  const queue = new ReadQueue();
  for await (const { index, batch, rows } of batchesOf('evaluate: data', source, { batchSize })) {
    try {
      const { terms, ...health } = evaluated(batch, rows);
      // The weights of this step, such as β, are no result.
      const { schedules: _, ...scalars } = terms;
      const reading = readTerms(scalars, batch, health);
      tf.dispose(tensorsOf(terms));
      tf.dispose(health);
      await queue.push(reading, r => {
        checkRange('evaluate', index, r.range);
        sums = added(sums, r.logs, r.weight);
      });
    } finally {
      tf.dispose(batchTensors(batch));
    }
    await pacer.turn();
  }
  await queue.drain();
  return meansOf(sums);
}
