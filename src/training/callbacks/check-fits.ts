import type * as tf from '@tensorflow/tfjs';
import { misfitOf } from '../../variables/put-values';
import type { Variables } from '../../variables/variables';

/** @throws When saved values do not fit the variables of their paths. Not every variable needs a value. */
export function checkFits(owner: string, variables: Variables, values: tf.NamedTensorMap): void {
  const places = ['in the model', 'in the saved state'] as const;
  const { unknown, other } = misfitOf(variables, new Map(Object.entries(values)), places);
  if (unknown.length > 0) {
    throw new Error(`${owner}: the saved state holds '${unknown[0]}', which the model does not have`);
  }
  if (other) throw new Error(`${owner}: ${other}`);
}
