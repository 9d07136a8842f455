import * as tf from '@tensorflow/tfjs';
import { Rng } from 'tfjs-vae';
import type { Nested } from '../distributions/row';

/** One computation that must come out alike on every device. */
export type ParityRow = {
  name: string;
  /** The public names that the row is about. */
  of: readonly string[];
  /** All that it computes, gradients included; it makes its own inputs. Runs within a tidy. */
  run(): tf.Tensor[];
  /** What the first outputs must be, in float64, from `test/golden`. */
  golden?: readonly (readonly number[])[];
  /** Allowed error, relative to the largest entry of each output. Default 1e-5: sums of a few float32 roundings. */
  tolerance?: number;
};

export const flat = (x: Nested): number[] => (typeof x === 'number' ? [x] : x.flatMap(flat));
export const tensor = (x: Nested) => tf.tensor(x as number[], undefined, 'float32');
export const noise = (shape: number[], name: string) => new Rng(31).fork(name).normal(shape);
export const unit = (shape: number[], name: string) => new Rng(31).fork(name).uniform(shape);
export const tensorsOf = (params: Readonly<Record<string, Nested>>) =>
  Object.fromEntries(Object.entries(params).map(([name, x]) => [name, tensor(x)]));

/** The value of `f`, and its gradient by each input, every entry of the value weighted differently. */
export function valueAndGradients(inputs: tf.Tensor[], f: (...inputs: tf.Tensor[]) => tf.Tensor): tf.Tensor[] {
  const weighted = (...xs: tf.Tensor[]) => {
    const y = f(...xs);
    // A KL need not depend on every parameter, and tf.grads throws where it does not.
    const none = xs.map(x => tf.mul(0, tf.sum(x))).reduce((a, b) => tf.add(a, b), tf.scalar(0));
    return tf.add(none, tf.sum(tf.mul(y, noise(y.shape, 'dy'))));
  };
  return [f(...inputs), ...tf.grads(weighted)(inputs)];
}

/** As above, with the plain sum that golden gradients are of. */
export function valueAndSumGradients(inputs: tf.Tensor[], f: (...inputs: tf.Tensor[]) => tf.Tensor): tf.Tensor[] {
  return [f(...inputs), ...tf.grads((...xs: tf.Tensor[]) => tf.sum(f(...xs)))(inputs)];
}
