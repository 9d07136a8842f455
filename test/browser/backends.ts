import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-webgpu';
import { beforeAll, describe } from 'vitest';

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
