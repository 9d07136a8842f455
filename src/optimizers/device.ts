import * as tf from '@tensorflow/tfjs';
import { isFloat16 } from '../ops/float-16';

/**
 * Adam's ε for the active backend: 1e-7, or 1e-4 where numbers are 16 bits wide and 1e-7 would be 0.
 *
 * tfjs has the two inverted on WebGL (tensorflow/tfjs #6980), so it is never asked.
 */
export function defaultEpsilon(): number {
  return isFloat16() ? 1e-4 : 1e-7;
}

/** Whether reading a scalar costs nothing, since the numbers are in this process's memory. */
export function readsAtOnce(): boolean {
  return ['cpu', 'wasm', 'tensorflow'].includes(tf.getBackend());
}
