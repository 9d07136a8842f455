import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { afterAll, beforeAll, describe } from 'vitest';
import { loadTensorflow } from './tensorflow';

/** The backends that load in this process. Another is skipped; the global set-up says so. */
export const backends: readonly string[] = ['cpu', 'wasm', ...(loadTensorflow() ? ['tensorflow'] : [])];

/** Runs the same suite once on every backend at hand. */
export function describeBackends(name: string, suite: (backend: string) => void): void {
  describe.each(backends)(`${name} [%s]`, backend => {
    let previous = '';
    beforeAll(async () => {
      previous = tf.getBackend();
      if (!(await tf.setBackend(backend))) throw new Error(`backend ${backend} does not load`);
      await tf.ready();
    });
    afterAll(async () => {
      if (previous) await tf.setBackend(previous);
    });
    suite(backend);
  });
}

/** Values of a tensor as plain numbers; disposes of the tensor. */
export function values(t: tf.Tensor): number[] {
  const out = Array.from(t.dataSync());
  t.dispose();
  return out;
}

/** Runs `f` and throws when it left a tensor behind. */
export function noLeak<T>(f: () => T): T {
  const before = tf.memory().numTensors;
  const result = f();
  const after = tf.memory().numTensors;
  if (after !== before) throw new Error(`leaked ${after - before} tensors`);
  return result;
}
