import type * as tf from '@tensorflow/tfjs';
import type { ArrayField } from './array-field';
import type { Batch } from './batch';
import type { RowReader } from './row-reader';

/** A field as it is given: a tensor, or rows on the host. */
export type FieldData = tf.Tensor | ArrayField;

/** A whole data set: x alone, or the fields of `Batch` by name. */
export type ArrayData =
  | FieldData
  | ({
      /** The data, `[count, …event]`. */
      x: FieldData;
    } & { [K in Exclude<keyof Batch, 'x'>]?: FieldData });

/**
 * Batches that are ready-made: `tf.data.Dataset`, iterables (async too), or a function that opens one for each epoch. It
 * is given a signal that is aborted when nobody waits for batches any more.
 */
export type StreamData =
  | tf.data.Dataset<tf.TensorContainer>
  | AsyncIterable<ArrayData>
  | Iterable<ArrayData>
  | ((context: { signal: AbortSignal }) => AsyncIterable<ArrayData> | Iterable<ArrayData>);

/** All that `fit` and `evaluate` take. */
export type TrainingData = ArrayData | StreamData | RowReader;

export function isTensor(value: unknown): value is tf.Tensor {
  return typeof value === 'object' && value !== null && 'dataId' in value;
}

export function isFieldData(value: object): value is FieldData {
  return isTensor(value) || ('values' in value && 'shape' in value);
}
