import type * as tf from '@tensorflow/tfjs';
import { datasetIterator } from './dataset-iterator';
import { describeGiven, isDataset } from './describe-given';
import { checkReader, isRowReader, type RowReader } from './row-reader';
import type { Source } from './source';
import type { ArrayData, StreamData } from './training-data';

/**
 * Data that are not in memory as a whole.
 *
 * @throws When they have none of the known forms.
 */
export async function otherSource(owner: string, data: StreamData | RowReader): Promise<Source> {
  if (typeof data === 'function') return { kind: 'stream', open: signal => opened(owner, data({ signal })) };
  if (typeof data === 'object' && data !== null) {
    if (isRowReader(data)) {
      checkReader(owner, data);
      return { kind: 'reader', size: data.size, reader: data, meanWeight: await meanWeightOf(owner, data) };
    }
    if (isDataset(data)) {
      return { kind: 'stream', open: () => datasetIterator(data as tf.data.Dataset<tf.TensorContainer>) };
    }
    if (isIterable(data) && !holdsNumbers(data)) return { kind: 'stream', open: () => fresh(owner, data) };
  }
  const kind = typeof data === 'object' && data && 'read' in data ? "; a RowReader has kind: 'rowReader'" : '';
  throw new Error(
    `${owner}: expected a tensor, { values, shape }, { x, … }, a tf.data.Dataset, an (async) iterable of batches or a RowReader, got ${describeGiven(data)}${kind}`,
  );
}

async function meanWeightOf(owner: string, reader: RowReader): Promise<number | undefined> {
  const mean = reader.shapes.weights && (await reader.meanWeight?.());
  if (mean === undefined || (mean > 0 && mean < Number.POSITIVE_INFINITY)) return mean;
  throw new Error(`${owner}: the mean of the weights must be a positive number, got ${mean}`);
}

type Batches = AsyncIterable<ArrayData> | Iterable<ArrayData>;

function isIterable(value: object): value is Batches {
  return Symbol.asyncIterator in value || Symbol.iterator in value;
}

/** Arrays of numbers and of rows can be gone through too, and are not batches. */
function holdsNumbers(data: object): boolean {
  return ArrayBuffer.isView(data) || (Array.isArray(data) && (typeof data[0] === 'number' || Array.isArray(data[0])));
}

type Opened = AsyncIterator<ArrayData> | Iterator<ArrayData>;

function opened(owner: string, data: Batches): Opened {
  if (typeof data !== 'object' || data === null || !isIterable(data)) {
    const mend = (data as unknown) instanceof Promise ? 'a promise; write async function*' : describeGiven(data);
    throw new Error(`${owner}: the function must return an iterable of batches, got ${mend}`);
  }
  const iterator = Symbol.asyncIterator in data ? data[Symbol.asyncIterator]() : data[Symbol.iterator]();
  if (typeof iterator?.next === 'function') return iterator;
  throw new Error(`${owner}: the iterable must return an iterator with a method next, got ${describeGiven(iterator)}`);
}

const spent = new WeakSet<object>();

/** A generator is its own iterator and can be gone through once: a second epoch would silently be empty. */
function fresh(owner: string, data: Batches): Opened {
  const iterator = opened(owner, data);
  if ((iterator as object) === data) {
    if (spent.has(data)) {
      throw new Error(`${owner}: a generator can be read only once; pass the function that makes it`);
    }
    spent.add(data);
  }
  return iterator;
}
