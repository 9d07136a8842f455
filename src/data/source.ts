import * as tf from '@tensorflow/tfjs';
import { type ArrayField, rowSize } from './array-field';
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

/** Data in one of three forms: rows in memory, rows that are read when they are due, or a stream of batches. */
export type Source = (
  | { kind: 'rows'; size: number; fields: Fields }
  | { kind: 'reader'; size: number; reader: RowReader }
  | { kind: 'stream'; open(signal: AbortSignal): AsyncIterator<ArrayData> | Iterator<ArrayData> }
) & {
  /** The mean of the weights, where they are known as a whole. */
  meanWeight?: number | undefined;
};

/**
 * Tensors are read into memory once: picking the rows of a batch there is several times faster than `tf.gather`, and
 * they can be checked before the first step.
 *
 * @param owner Named in errors, such as `fit: data`.
 * @throws When the data have none of the known forms, or their fields differ in length.
 */
export async function toSource(owner: string, data: TrainingData): Promise<Source> {
  if (typeof data === 'object' && data) {
    if (isFieldData(data)) return rows(owner, { x: data });
    if ('x' in data) return rows(owner, data);
  }
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
  const fields: { [K in keyof Batch]?: ArrayField } = {};
  const size = data.x?.shape?.[0];
  let whole = true;
  for (const [key, field] of Object.entries(data)) {
    if (field === undefined) continue;
    const name = key as keyof Batch;
    if (isTensor(field)) {
      whole &&= !field.isDisposed && field.rank > 0 && isTyped(field.dtype);
      if (whole) fields[name] = { values: (await field.data()) as ArrayField['values'], shape: field.shape };
    } else fields[name] = field;
    whole &&= batchFields.includes(name) && isWhole(fields[name]!) && field.shape[0] === size;
  }
  // The module that says what is wrong is loaded only now.
  if (!whole || !size) (await import('./check-fields')).checkFields(owner, data);
  return { kind: 'rows', size: size!, fields: fields as Fields, meanWeight: fields.weights && meanOf(fields.weights) };
}

function meanOf({ values, scale = 1 }: ArrayField): number {
  return (scale * (values as Float32Array).reduce((sum, value) => sum + value, 0)) / values.length;
}

/** Whether the values of a field fill its shape. */
function isWhole(field: ArrayField): boolean {
  const { values, shape, scale = 1, ...unknown } = field ?? {};
  return (
    ArrayBuffer.isView(values) &&
    typeof values[0] === 'number' &&
    Array.isArray(shape) &&
    shape.every(n => n > 0) &&
    rowSize(field) * shape[0]! === values.length &&
    Number.isFinite(scale) &&
    Object.keys(unknown).length === 0
  );
}

function isTyped(dtype: tf.DataType): boolean {
  return dtype !== 'complex64' && dtype !== 'string';
}

/** Without indices, all rows. */
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

/** The number of examples; known for data that can be read in any order. */
export function sizeOf(source: Source): number | undefined {
  return source.kind === 'stream' ? undefined : source.size;
}
