import * as tf from '@tensorflow/tfjs';

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
