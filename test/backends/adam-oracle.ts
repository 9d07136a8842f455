import * as tf from '@tensorflow/tfjs';
import type { AdamAttrs, AdamInputs } from '../../src/backends/adam-kernel';
import { adamKernel } from '../../src/backends/adam-kernel';
import { Rng } from '../../src/random/rng';

/** What the Adam kernels of all backends are asked to do. */
export const attrs: AdamAttrs = { beta1: 0.9, beta2: 0.75, rate: 0.02, epsilon: 1e-3, weightDecay: 0.5 };

/** From no value to a few, and more than one work group of a GPU. */
export const shapes = [[], [1], [2], [3], [4], [5], [7], [8], [9], [3, 5], [4, 16], [2, 3, 7, 5], [0], [5, 211]];

export function inputsOf(shape: number[]): AdamInputs {
  const rng = new Rng(2);
  const normal = (name: string) => rng.fork(name).normal(shape);
  return {
    ...{
      variable: normal('variable'),
      m: normal('m'),
      v: tf.tidy(() => tf.square(normal('v'))),
      gradient: normal('g'),
    },
    ...{ count: tf.scalar(3), finite: tf.scalar(1) },
  };
}

/** The new variable, m and v, in float64. */
export async function expected(inputs: AdamInputs): Promise<number[][]> {
  const read = async (t: tf.Tensor) => Array.from(await t.data());
  const [theta, m, v, g] = (await Promise.all([inputs.variable, inputs.m, inputs.v, inputs.gradient].map(read))) as [
    number[],
    number[],
    number[],
    number[],
  ];
  const m1 = m.map((value, i) => 0.9 * value + 0.1 * g[i]!);
  const v1 = v.map((value, i) => 0.75 * value + 0.25 * g[i]! ** 2);
  const [mHat, vHat] = [m1.map(value => value / (1 - 0.9 ** 3)), v1.map(value => value / (1 - 0.75 ** 3))];
  const moved = theta.map((value, i) => value - 0.02 * (mHat[i]! / (Math.sqrt(vHat[i]!) + 1e-3) + 0.5 * value));
  return [moved, m1, v1];
}

export function update(inputs: AdamInputs): [tf.Tensor, tf.Tensor, tf.Tensor] {
  return tf.engine().runKernel(adamKernel, inputs, attrs) as [tf.Tensor, tf.Tensor, tf.Tensor];
}
