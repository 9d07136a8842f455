import type * as tf from '@tensorflow/tfjs';
import { type ArrayField, rowSize } from './array-field';
import { type Batch, batchFields } from './batch';
import type { Fields } from './row-reader';
import type { Source } from './source';
import { type FieldData, isFieldData, isTensor, type TrainingData } from './training-data';

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
