import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-webgpu';
import { beforeAll, describe } from 'vitest';
import { expectClose } from '../support/expect-close';

tf.enableProdMode();
// Otherwise tensors of fewer than 128 elements never reach a shader.
tf.env().set('WEBGL_CPU_FORWARD', false);

/** The GPU backends, and whether this browser has them. */
export const present: Record<string, boolean> = {};
for (const backend of ['webgl', 'webgpu']) present[backend] = await tf.setBackend(backend).catch(() => false);

/** Runs the suite on webgl and on webgpu; a backend that this browser does not have is skipped and says so. */
export function describeBackends(name: string, suite: (backend: string) => void): void {
  for (const [backend, here] of Object.entries(present)) {
    describe.skipIf(!here)(here ? `${name} [${backend}]` : `${name} [${backend} is absent here]`, () => {
      beforeAll(async () => {
        await tf.setBackend(backend);
        await tf.ready();
      });
      suite(backend);
    });
  }
}

/** Values of a tensor, read asynchronously as webgpu wants it; disposes of the tensor. */
export async function values(t: tf.Tensor): Promise<number[]> {
  const data = await t.data();
  t.dispose();
  return Array.from(data);
}

/** Values and then gradients of the sum, held against golden ones. */
export async function expectValues(
  f: (...inputs: tf.Tensor[]) => tf.Tensor,
  inputs: readonly (readonly number[])[],
  golden: { values: readonly (number | string)[]; gradients?: readonly (readonly number[] | undefined)[] },
  closeness: { tolerance?: number; floor?: number } = {},
): Promise<void> {
  const before = tf.memory().numTensors;
  const tensors = inputs.map(data => tf.tensor1d(data as number[], 'float32'));
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
