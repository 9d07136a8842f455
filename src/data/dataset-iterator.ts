import type * as tf from '@tensorflow/tfjs';
import { disposeElement } from './dispose-element';
import type { ArrayData } from './training-data';

/** The batches of a `tf.data.Dataset`; `return` disposes of those that were fetched ahead. */
export function datasetIterator(dataset: tf.data.Dataset<tf.TensorContainer>): AsyncIterator<ArrayData> {
  const iterator = dataset.iterator();
  return {
    next: async () => (await (await iterator).next()) as IteratorResult<ArrayData>,
    async return() {
      await Promise.all(waiting(await iterator).map(async element => disposeElement(await element)));
      return { done: true, value: undefined };
    },
  };
}

/** The part of tfjs's `prefetch` and `shuffle` that we use: their iterators cannot be closed and would leak tensors. */
type Buffer = { isEmpty(): boolean; shift(): Promise<IteratorResult<unknown>> };

/** Elements that this iterator, and those that it is built on, have fetched and nobody has taken. */
function waiting(iterator: object): Promise<unknown>[] {
  const found: Promise<unknown>[] = [];
  const { buffer } = iterator as { buffer?: Buffer };
  while (buffer?.shift && buffer.isEmpty?.() === false) {
    found.push(
      Promise.resolve(buffer.shift()).then(
        ({ value }) => value,
        () => undefined,
      ),
    );
  }
  // Zipped datasets stand on several, held by name or in a list.
  const below = Object.values(iterator).flatMap(part => (isPlain(part) ? Object.values(part) : [part]));
  return [...found, ...below.filter(isIterator).flatMap(waiting)];
}

function isIterator(value: unknown): value is object {
  return typeof value === 'object' && value !== null && 'next' in value && 'summary' in value;
}

function isPlain(value: unknown): value is object {
  return Array.isArray(value) || (value ? Object.getPrototypeOf(value) === Object.prototype : false);
}
