import * as tf from '@tensorflow/tfjs';
import { checkKeys } from '../ops/check-keys';
import { type ArrayField, rowSize } from './array-field';
import { checkField } from './check-field';

/** Which rows of a field. */
export type RowRange = {
  /** First row; 0 unless given. */
  start?: number;
  /** Number of rows; all that follow `start` unless given. */
  count?: number;
};

/**
 * Rows of a field as a tensor `[count, …event]`: float32, or int32 where the values are an `Int32Array` without a scale.
 *
 * @param field Rows on the host.
 * @param rows The rows wanted, all of them unless given.
 * @throws When the number of values is not the product of the shape, or the rows are not within the field.
 * @example
 * ```ts
 * const { images } = sprites({ count: 1000 });
 * const firstHundred = toTensor(images, { count: 100 }); // [100, 28, 28, 1] in [0, 1]
 * ```
 */
export function toTensor(field: ArrayField, rows: RowRange = {}): tf.Tensor {
  checkField('toTensor', field);
  checkKeys('toTensor', rows, ['start', 'count']);
  const [total, ...event] = field.shape as [number, ...number[]];
  const { start = 0, count = total - start } = rows;
  if (!isIndex(start) || !isIndex(count) || start + count > total) {
    throw new Error(`toTensor: rows must lie within 0 … ${total}, got start = ${start}, count = ${count}`);
  }
  const size = rowSize(field);
  const values = field.values.subarray(start * size, (start + count) * size);
  const { scale = 1 } = field;
  if (values instanceof Int32Array && scale === 1) return tf.tensor(values.slice(), [count, ...event], 'int32');
  // A fresh array in any case: tfjs keeps what it is given, and a later write to the field must not reach the tensor.
  const scaled = new Float32Array(values.length);
  for (let i = 0; i < scaled.length; i++) scaled[i] = values[i]! * scale;
  return tf.tensor(scaled, [count, ...event], 'float32');
}

function isIndex(n: number): boolean {
  return Number.isSafeInteger(n) && n >= 0;
}
