import * as tf from '@tensorflow/tfjs';
import { sizeOfShape } from '../ops/shape';

/**
 * Rows of examples that stay on the host: `values` laid out as `[count, …event]`.
 *
 * A batch holds `value · scale`, so that uint8 pixels stay uint8, a quarter of the memory, until their batch is made.
 */
export type ArrayField = {
  /** All rows, one after the other. */
  values: Uint8Array | Uint8ClampedArray | Int32Array | Float32Array;
  /** `[count, …event]`. */
  shape: readonly number[];
  /** What a value is multiplied by when it is put into a batch; 1 unless given. `1 / 255` for uint8 pixels. */
  scale?: number;
};

/** Values in one row of a field. */
export function rowSize({ shape }: ArrayField): number {
  return sizeOfShape(shape.slice(1));
}

/** Some rows of a field as a tensor; all of them without indices. */
export function pickRows(field: ArrayField, indices: Uint32Array | undefined): tf.Tensor {
  const { values, scale = 1 } = field;
  const count = indices?.length ?? field.shape[0]!;
  const shape = [count, ...field.shape.slice(1)];
  const size = rowSize(field);
  // It was whole when training began.
  if (values.length === 0) throw new Error('data: the buffer of values was transferred; transfer a copy instead');
  const keepInt = values instanceof Int32Array && scale === 1;
  const picked = keepInt ? new Int32Array(count * size) : new Float32Array(count * size);
  for (let r = 0; r < count; r++) {
    const start = (indices ? indices[r]! : r) * size;
    if (scale === 1) {
      picked.set(values.subarray(start, start + size), r * size);
      continue;
    }
    for (let i = 0; i < size; i++) picked[r * size + i] = values[start + i]! * scale;
  }
  return tf.tensor(picked, shape, keepInt ? 'int32' : 'float32');
}
