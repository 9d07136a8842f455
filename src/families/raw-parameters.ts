import * as tf from '@tensorflow/tfjs';
import type { RawParameters } from './family';

/**
 * The raw parameters in the outputs of a network: one output for each, or all of them along the last axis of one.
 *
 * @param sizes What `parameters` of the family says.
 */
export function rawParameters(outputs: readonly tf.Tensor[], sizes: Readonly<Record<string, number>>): RawParameters {
  const names = Object.keys(sizes);
  const parts = outputs.length === names.length ? outputs : tf.split(outputs[0]!, Object.values(sizes), -1);
  return Object.fromEntries(names.map((name, i) => [name, parts[i]!]));
}
