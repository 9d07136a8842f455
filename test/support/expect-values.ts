import * as tf from '@tensorflow/tfjs';
import { expectClose } from './expect-close';

/** Values of a tensor, read asynchronously as webgpu wants it; disposes of the tensor. */
export async function values(t: tf.Tensor): Promise<number[]> {
  const data = await t.data();
  t.dispose();
  return Array.from(data);
}

/** Values and then gradients of the sum, held against golden ones. */
export async function expectValues(
  f: (...inputs: tf.Tensor[]) => tf.Tensor,
  inputs: readonly (readonly (number | string)[])[],
  golden: { values: readonly (number | string)[]; gradients?: readonly (readonly (number | string)[] | undefined)[] },
  closeness: { tolerance?: number; floor?: number } = {},
): Promise<void> {
  const before = tf.memory().numTensors;
  const tensors = inputs.map(data => tf.tensor1d(data.map(Number), 'float32'));
  expectClose(await values(tf.tidy(() => f(...tensors))), golden.values, closeness);
  if (golden.gradients) {
    const gradients = tf.tidy(() => tf.grads((...t: tf.Tensor[]) => tf.sum(f(...t)))(tensors));
    for (const [i, gradient] of gradients.entries()) {
      const actual = await values(gradient);
      const expected = golden.gradients[i];
      if (expected) expectClose(actual, expected, closeness);
    }
  }
  tf.dispose(tensors);
  const leaked = tf.memory().numTensors - before;
  if (leaked !== 0) throw new Error(`leaked ${leaked} tensors`);
}
