import * as tf from '@tensorflow/tfjs';
import type { FlowResult } from './flow';

/** Goes through steps in this order, and adds up their changes of volume. */
export function through<S>(
  z: tf.Tensor,
  steps: readonly S[],
  apply: (z: tf.Tensor, step: S) => FlowResult,
): FlowResult {
  let result: FlowResult = { z, logDet: tf.zeros(z.shape.slice(0, -1)) };
  for (const step of steps) {
    const next = apply(result.z, step);
    result = { z: next.z, logDet: tf.add(result.logDet, next.logDet) };
  }
  return result;
}
