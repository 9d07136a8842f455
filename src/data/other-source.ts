import type * as tf from '@tensorflow/tfjs';
import { checkReader, isRowReader, type RowReader } from './row-reader';
import type { ArrayData, Source, StreamData } from './source';

/**
 * Data that are not in memory as a whole.
 *
 * @throws When they are none of the known forms.
 */
export function otherSource(owner: string, data: StreamData | RowReader): Source {
  if (typeof data === 'function') return { kind: 'stream', open: () => opened(owner, data()) };
  if (isRowReader(data)) {
    checkReader(owner, data);
    return { kind: 'reader', size: data.size, reader: data };
  }
  if (isDataset(data)) return { kind: 'stream', open: () => datasetIterator(data) };
  if (isIterable(data)) return { kind: 'stream', open: () => fresh(owner, data) };
  throw new Error(
    `${owner}: expected a tensor, { values, shape }, { x, … }, a tf.data.Dataset, an (async) iterable of batches or a RowReader, got an object with the keys ${Object.keys(data)}`,
  );
}

function isDataset(value: object): value is tf.data.Dataset<tf.TensorContainer> {
  return 'iterator' in value && typeof value.iterator === 'function';
}

function isIterable(value: object): value is AsyncIterable<ArrayData> | Iterable<ArrayData> {
  return Symbol.asyncIterator in value || Symbol.iterator in value;
}

type Opened = AsyncIterator<ArrayData> | Iterator<ArrayData>;

function opened(owner: string, data: AsyncIterable<ArrayData> | Iterable<ArrayData>): Opened {
  if (typeof data !== 'object' || data === null || !isIterable(data))
    throw new Error(`${owner}: the function must return an iterable of batches`);
  return Symbol.asyncIterator in data ? data[Symbol.asyncIterator]() : data[Symbol.iterator]();
}

const spent = new WeakSet<object>();

/** A generator is its own iterator and can be gone through once: a second epoch would silently be empty. */
function fresh(owner: string, data: AsyncIterable<ArrayData> | Iterable<ArrayData>): Opened {
  const iterator = opened(owner, data);
  if ((iterator as object) === data) {
    if (spent.has(data)) {
      throw new Error(`${owner}: a generator can be read only once; pass the function that makes it`);
    }
    spent.add(data);
  }
  return iterator;
}

function datasetIterator(dataset: tf.data.Dataset<tf.TensorContainer>): AsyncIterator<ArrayData> {
  const iterator = dataset.iterator();
  return { next: async () => (await (await iterator).next()) as IteratorResult<ArrayData> };
}
