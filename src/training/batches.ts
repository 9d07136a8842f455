import type { Batch } from '../data/batch';
import { pickBatch, type Source, toBatch } from '../data/source';

/** A batch, its place in the epoch, and the place of its examples in the data set. */
export type NumberedBatch = { index: number; batch: Batch; rows: Uint32Array };

export type BatchOptions = {
  batchSize: number;
  /** The order of the rows of an array; theirs by default. */
  order?: Uint32Array;
  /** Number of the first batch: the ones before it are passed over. */
  start?: number;
};

/** The batches of one epoch, the last, smaller one included. Whoever takes a batch disposes of it. */
export async function* batchesOf(owner: string, source: Source, options: BatchOptions): AsyncGenerator<NumberedBatch> {
  const { batchSize, order, start = 0 } = options;
  if (source.kind === 'rows') {
    for (let index = start; index * batchSize < source.size; index++) {
      const first = index * batchSize;
      const last = Math.min(first + batchSize, source.size);
      const rows = order?.subarray(first, last) ?? range(first, last);
      yield { index, batch: pickBatch(source.fields, rows), rows };
    }
    return;
  }
  const iterator = source.open();
  let seen = 0;
  try {
    for (let index = 0; ; index++) {
      const { done, value } = await iterator.next();
      if (done) {
        if (index === 0) throw new Error(`${owner}: the stream gave no batch; at least one is needed`);
        return;
      }
      const batch = toBatch(`${owner}: batch ${index}`, value);
      const count = batch.x.shape[0] ?? 0;
      yield { index, batch, rows: range(seen, seen + count) };
      seen += count;
    }
  } finally {
    await iterator.return?.();
  }
}

function range(first: number, last: number): Uint32Array {
  return Uint32Array.from({ length: last - first }, (_, i) => first + i);
}
