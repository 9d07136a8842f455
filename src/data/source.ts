import * as tf from '@tensorflow/tfjs';
import { type ArrayField, checkField, rowSize } from './array-field';
import { type Batch, batchFields } from './batch';
import type { Fields, RowReader } from './row-reader';

/** A field as it is given: a tensor, or rows on the host. */
export type FieldData = tf.Tensor | ArrayField;

/** A whole data set: x alone, or the fields of `Batch` by name. */
export type ArrayData =
  | FieldData
  | ({
      /** The data, `[count, …event]`. */
      x: FieldData;
    } & { [K in Exclude<keyof Batch, 'x'>]?: FieldData });

/** Batches that are ready-made: `tf.data.Dataset`, iterables (async too), or a function that opens one for each epoch. */
export type StreamData =
  | tf.data.Dataset<tf.TensorContainer>
  | AsyncIterable<ArrayData>
  | Iterable<ArrayData>
  | (() => AsyncIterable<ArrayData> | Iterable<ArrayData>);

/** All that `fit` and `evaluate` take. */
export type TrainingData = ArrayData | StreamData | RowReader;

/** Data in one of three forms: rows in memory, rows that are read when they are due, or a stream of batches. */
export type Source =
  | { kind: 'rows'; size: number; fields: Fields }
  | { kind: 'reader'; size: number; reader: RowReader }
  | { kind: 'stream'; open(): AsyncIterator<ArrayData> | Iterator<ArrayData> };

/**
 * Tensors are read into memory once: picking the rows of a batch there is several times faster than `tf.gather`, and
 * they can be checked before the first step.
 *
 * @param owner Named in errors, such as `fit: data`.
 * @throws When the data are none of the known forms, or their fields do not have one length.
 */
export async function toSource(owner: string, data: TrainingData): Promise<Source> {
  if (!data) throw new Error(`${owner}: expected tensors, arrays or a stream, got ${data}`);
  if (isFieldData(data)) return rows(owner, { x: data });
  if (typeof data === 'object' && 'x' in data) return rows(owner, data);
  // Most people have their data in memory: the rest is loaded by those who need it.
  const { otherSource } = await import('./other-source');
  return otherSource(owner, data);
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

export function isTensor(value: unknown): value is tf.Tensor {
  return typeof value === 'object' && value !== null && 'dataId' in value;
}

export function isFieldData(value: object): value is FieldData {
  return isTensor(value) || ('values' in value && 'shape' in value);
}

async function rows(owner: string, data: { [K in keyof Batch]?: FieldData }): Promise<Source> {
  checkNames(owner, data);
  const fields: { [K in keyof Batch]?: ArrayField } = {};
  for (const name of batchFields) {
    const field = data[name];
    if (!field) continue;
    fields[name] = isTensor(field) ? await downloaded(`${owner}: ${name}`, field) : field;
    checkField(`${owner}: ${name}`, fields[name]);
  }
  const lengths = Object.entries(fields).map(([name, field]) => [name, field.shape[0]!] as const);
  const size = fields.x!.shape[0]!;
  if (lengths.some(([, length]) => length !== size)) {
    throw new Error(`${owner}: fields must have one length, got ${lengths.map(([n, l]) => `${n} ${l}`).join(', ')}`);
  }
  if (size === 0) throw new Error(`${owner}: x is empty; at least one example is needed`);
  return { kind: 'rows', size, fields: fields as Fields };
}

/** A misspelt field would be left out without a word. */
export function checkNames(owner: string, data: object): void {
  const unknown = Object.keys(data).find(name => !(batchFields as readonly string[]).includes(name));
  if (unknown !== undefined) {
    throw new Error(`${owner}: unknown field '${unknown}'; a batch has ${batchFields.join(', ')}`);
  }
}

async function downloaded(owner: string, t: tf.Tensor): Promise<ArrayField> {
  if (t.rank === 0) throw new Error(`${owner} must be [count, …event], got a scalar`);
  const values = await t.data();
  return { values: values as Float32Array | Int32Array | Uint8Array, shape: t.shape };
}

/** Without indices, all rows. */
export function pickRows(field: ArrayField, indices: Uint32Array | undefined): tf.Tensor {
  const { values, scale = 1 } = field;
  const count = indices?.length ?? field.shape[0]!;
  const shape = [count, ...field.shape.slice(1)];
  const size = rowSize(field);
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
