import { pickRows } from './array-field';
import { type Batch, batchFields } from './batch';
import type { NumberedBatch, Place } from './numbered-batch';
import type { Fields } from './row-reader';
import type { Source } from './source';

/**
 * Rows in an order: an array, or an object that computes a part of it; it has a `length` where it lists only some rows.
 */
export type RowOrder = { subarray(first: number, last: number): Uint32Array; readonly length?: number };

export type BatchOptions = {
  batchSize: number;
  /** Which rows to take, in which order; by default all, in the order in which they are stored. */
  order?: RowOrder;
  /** Which of the rows of a batch are taken; a batch that has none left is passed over. All of them, if absent. */
  share?: ((rows: Uint32Array) => Uint32Array) | undefined;
  /** Number of the first batch; those before it are skipped. */
  start?: number;
  /** Ends the batches, also while the next one is being waited for. */
  signal?: AbortSignal | undefined;
};

/** The batches of one epoch, the last, smaller one included. Whoever takes a batch disposes of it. */
export async function* batchesOf(owner: string, source: Source, options: BatchOptions): AsyncGenerator<NumberedBatch> {
  const { signal } = options;
  if (source.kind !== 'rows') {
    const { otherBatches } = await import('./other-batches');
    yield* otherBatches(owner, source, placesOf(source.kind === 'reader' ? source.size : 0, options), signal);
    return;
  }
  for (const { index, rows } of placesOf(source.size, options)) {
    if (signal?.aborted) return;
    yield { index, batch: pickBatch(source.fields, rows), rows };
  }
}

/** The rows of a data set as a batch. */
export function pickBatch(fields: Fields, rowIndices: Uint32Array): Batch {
  const batch: Partial<Batch> = {};
  for (const name of batchFields) {
    const field = fields[name];
    if (field) batch[name] = pickRows(field, rowIndices);
  }
  return batch as Batch;
}

/** Which rows make up which batch. */
function* placesOf(all: number, { batchSize, order, share, start = 0 }: BatchOptions): Generator<Place> {
  const size = order?.length ?? all;
  for (let index = start; index * batchSize < size; index++) {
    const first = index * batchSize;
    const last = Math.min(first + batchSize, size);
    const ofBatch = order?.subarray(first, last) ?? range(first, last);
    const rows = share ? share(ofBatch) : ofBatch;
    if (rows.length > 0) yield { index, rows };
  }
}

function range(first: number, last: number): Uint32Array {
  return Uint32Array.from({ length: last - first }, (_, i) => first + i);
}
