import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { convVae, mlpVae, prepareBackend, type Vae, VaeTrainer } from 'tfjs-vae';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { WasmBackend } from '../../../src/backends/wasm/scratch';
import { simdKernelsOf } from '../../../src/backends/wasm/simd-kernels';
import { expectClose } from '../../support/expect-close';

/** A page that is cross-origin isolated, in which tfjs's wasm backend has threads and shared memory. */
describe('wasm with shared memory', () => {
  beforeAll(async () => {
    setWasmPaths('/node_modules/@tensorflow/tfjs-backend-wasm/dist/');
    expect(await tf.setBackend('wasm')).toBe(true);
    await prepareBackend();
  });
  afterAll(async () => (await prepareBackend()).restore());

  test('the memory is shared, and our kernels run on it', () => {
    expect(crossOriginIsolated).toBe(true);
    const { wasm } = tf.backend() as unknown as { wasm: { wasmMemory: WebAssembly.Memory } };
    expect((wasm.wasmMemory.buffer as ArrayBufferLike) instanceof SharedArrayBuffer).toBe(true);
    expect(simdKernelsOf(tf.backend() as unknown as WasmBackend)).toBeDefined();
  });

  test.each([
    ['mlpVae', () => mlpVae({ inputShape: [64], latentDim: 3, hidden: [40], seed: 1 }), [64]],
    ['convVae', () => convVae({ inputShape: [8, 8, 1], latentDim: 3, seed: 1 }), [8, 8, 1]],
  ] as [string, () => Vae, number[]][])('%s learns what it learns on cpu', async (_, build, shape) => {
    const values = Float32Array.from({ length: 48 * 64 }, (_, i) => ((i * 7919) % 256) / 255);
    const learned = async (backend: string) => {
      await tf.setBackend(backend);
      const model = build();
      const trainer = new VaeTrainer({ model, seed: 1 });
      const { history } = await trainer.fit({ values, shape: [48, ...shape] }, { epochs: 3, batchSize: 16 });
      const weights = await Promise.all(Object.values(model.variables()).map(async v => Array.from(await v.data())));
      trainer.dispose();
      model.dispose();
      return { loss: history.loss!, weights: weights.flat() };
    };
    const expected = await learned('cpu');
    const actual = await learned('wasm');
    expectClose(actual.loss, expected.loss, { tolerance: 1e-6 });
    expectClose(actual.weights, expected.weights, { tolerance: 1e-4 });
  });

  test('the memory may grow under our kernels', async () => {
    const rows = tf.tidy(() => tf.mul(tf.ones([64, 300]), tf.reshape(tf.range(0, 300), [1, 300])) as tf.Tensor2D);
    const product = async () => {
      const t = tf.matMul(rows, rows, false, true);
      const [first] = await t.data();
      t.dispose();
      return first;
    };
    const before = await product();
    const large = Array.from({ length: 4 }, () => tf.ones([8 << 20]));
    expect(await product()).toBe(before);
    expect(before).toBe(8955050);
    tf.dispose([large, rows]);
  });
});
