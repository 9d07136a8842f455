import * as tf from '@tensorflow/tfjs';
import type { Variables } from '../variables/variables';
import type { TensorRecord } from './dtypes';
import { toRecords } from './tensor-records';

/** The values that variables have at this moment, even if training changes them while they are read. */
export async function weightRecords(owner: string, variables: Variables): Promise<Record<string, TensorRecord>> {
  for (const [path, { isDisposed }] of Object.entries(variables)) {
    if (isDisposed) throw new Error(`${owner}: ${path} has been disposed of; save a model before its dispose()`);
  }
  const copies = Object.fromEntries(Object.entries(variables).map(([path, v]) => [path, tf.clone(v)]));
  try {
    return await toRecords(copies);
  } catch (cause) {
    throw new Error(`${owner}: ${(cause as Error).message}`, { cause });
  } finally {
    tf.dispose(copies);
  }
}
