import * as tf from '@tensorflow/tfjs';
import type { TensorRecord } from './dtypes';

const ARRAYS = { float32: Float32Array, int32: Int32Array, bool: Uint8Array };

/** Tensors read to the host. */
export async function toRecords(tensors: tf.NamedTensorMap): Promise<Record<string, TensorRecord>> {
  const records = await Promise.all(
    Object.entries(tensors).map(async ([name, t]) => {
      if (t.dtype !== 'float32' && t.dtype !== 'int32' && t.dtype !== 'bool') {
        throw new Error(`cannot save ${name}: dtype ${t.dtype} has no place in a safetensors file`);
      }
      // A cast on cpu gives a new type and leaves the array, so a float32 tensor may have bytes as its values.
      const values = ARRAYS[t.dtype].from(await t.data());
      return [name, { dtype: t.dtype, shape: t.shape, values }] as const;
    }),
  );
  return Object.fromEntries(records);
}

/** Tensors with memory of their own; they belong to the caller. */
export function fromRecords(records: Readonly<Record<string, TensorRecord>>): tf.NamedTensorMap {
  return Object.fromEntries(
    Object.entries(records).map(([name, { dtype, shape, values }]) => [
      name,
      tf.tensor(values.slice(), [...shape], dtype),
    ]),
  );
}
