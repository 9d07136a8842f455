import type * as tf from '@tensorflow/tfjs';
import { checkKeys } from '../ops/check-keys';
import { sizeOfShape } from '../ops/shape';
import type { ArrayField } from './array-field';
import { describeGiven } from './describe-given';

/** @throws When this is not a field, its values do not fill its shape, or it has keys that a field does not have. */
export function checkField(owner: string, field: ArrayField): void {
  if (typeof field !== 'object' || field === null || !('values' in field && 'shape' in field)) {
    throw new Error(`${owner} must be a tensor or { values, shape }, got ${describeGiven(field)}`);
  }
  checkKeys(owner, field, ['values', 'shape', 'scale'], { dtype: 'the typed array that it means' });
  const { values, shape, scale = 1 } = field;
  checkArray(`${owner}: values`, values);
  if (!Array.isArray(shape) || shape.length === 0 || !shape.every(n => Number.isSafeInteger(n) && n >= 0)) {
    throw new Error(`${owner}: shape must be [count, …event] of whole numbers, got [${shape}]`);
  }
  const size = sizeOfShape(shape);
  if (values.length !== size) {
    throw new Error(`${owner}: ${values.length} values do not fill the shape [${shape}], which holds ${size}`);
  }
  if (!Number.isFinite(scale)) throw new Error(`${owner}: scale must be a finite number, got ${scale}`);
}

/** @throws When this is not a typed array of numbers. */
export function checkArray(owner: string, values: ArrayLike<number>): void {
  const isView = ArrayBuffer.isView(values) && !(values instanceof DataView);
  if (isView && !(values instanceof BigInt64Array) && !(values instanceof BigUint64Array)) return;
  const name = isView ? (values as object).constructor.name : typeof values;
  const mend = isView
    ? `${name}; write Float32Array.from(values, Number)`
    : Array.isArray(values)
      ? 'an array; write Float32Array.from(values.flat(Infinity))'
      : name;
  throw new Error(`${owner} must be a typed array of numbers, such as Float32Array or Uint8Array, got ${mend}`);
}

/** @throws When a tensor cannot be a field. */
export function checkTensor(owner: string, t: tf.Tensor): void {
  if (t.isDisposed) throw new Error(`${owner} was disposed of before it was read; keep it until training has ended`);
  if (t.rank === 0) throw new Error(`${owner} must be [count, …event], got a scalar`);
  if (t.dtype === 'complex64') throw new Error(`${owner} is complex; give tf.real, tf.imag or tf.abs of it`);
  if (t.dtype === 'string') throw new Error(`${owner} must hold numbers, got a tensor of strings`);
}
