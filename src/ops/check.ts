import * as tf from '@tensorflow/tfjs';

/** @throws When a number of things is not a positive integer. */
export function checkCount(owner: string, name: string, value: number): void {
  if (isCount(value)) return;
  throw new Error(`${owner}: ${name} must be a positive integer, got ${value}`);
}

/** @throws When sizes are not an array of positive integers. */
export function checkCounts(owner: string, name: string, values: readonly number[]): void {
  if (Array.isArray(values) && values.every(isCount)) return;
  const got = Array.isArray(values) ? `[${values}]` : JSON.stringify(values);
  throw new Error(`${owner}: ${name} must hold positive integers, got ${got}`);
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0;
}

/**
 * @param what Named in the error, such as `savePng: image`.
 * @throws When something is not a tensor; rows on the host are mistaken for one most often.
 */
export function checkTensor(what: string, value: unknown): asserts value is tf.Tensor {
  if (value instanceof tf.Tensor) return;
  const isRows = typeof value === 'object' && value !== null && 'values' in value && 'shape' in value;
  const got = isRows ? '{ values, shape }; make one by toTensor' : Array.isArray(value) ? 'an array' : String(value);
  throw new Error(`${what} must be a tensor, got ${got}`);
}
