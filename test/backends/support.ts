import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { afterAll, beforeAll, expect } from 'vitest';
import { type BackendReport, prepareBackend } from '../../src/backends/prepare-backend';
import { Rng } from '../../src/random/rng';

/** Puts the suite on wasm, as tfjs made it; the test decides whether to prepare it. */
export function useWasm(): void {
  beforeAll(async () => {
    if (!(await tf.setBackend('wasm'))) throw new Error('backend wasm does not load');
  });
  afterAll(async () => {
    await tf.setBackend('cpu');
  });
}

/** Puts the suite on wasm with our kernels, and takes them away again after it. */
export function usePreparedWasm(): void {
  useWasm();
  let report: BackendReport;
  beforeAll(async () => {
    report = await prepareBackend();
  });
  afterAll(() => report.restore());
}

/** Fixed normal values, the same on every backend. */
export function normal(shape: number[], name: string): tf.Tensor {
  return new Rng(11).fork(name).normal(shape);
}

export type Computed = { shape: number[]; values: ArrayLike<number> }[];

/** Runs `f` on a backend, checks that it leaves no tensor, and gives the values of what it returns. */
export async function on(backend: string, f: () => tf.Tensor[]): Promise<Computed> {
  await tf.setBackend(backend);
  const before = tf.memory().numTensors;
  const bytes = tf.memory().numBytes;
  const results = tf.tidy(f);
  const computed = results.map(t => ({ shape: t.shape, values: t.dataSync() }));
  tf.dispose(results);
  expect(tf.memory().numTensors).toBe(before);
  expect(tf.memory().numBytes).toBe(bytes);
  return computed;
}

/** The largest difference, relative to the largest entry of the reference. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let difference = 0;
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    const d = Math.abs(actual[i]! - expected[i]!);
    difference = Math.max(difference, d);
    largest = Math.max(largest, Math.abs(expected[i]!));
  }
  return largest === 0 ? difference : difference / largest;
}

/** The same values on wasm as on cpu, each tensor to `tolerance` of its largest entry. Ends on wasm. */
export async function expectCpuValues(f: () => tf.Tensor[], tolerance = 1e-5): Promise<void> {
  const expected = await on('cpu', f);
  const actual = await on('wasm', f);
  expect(actual.map(t => t.shape)).toEqual(expected.map(t => t.shape));
  expected.forEach((t, i) => {
    expect(relativeError(actual[i]!.values, t.values), `output ${i}`).toBeLessThanOrEqual(tolerance);
  });
}

/** Value and gradients of `f`, weighted by fixed noise so that no two entries of dy are alike. */
export function valueAndGradients(inputs: tf.Tensor[], f: (...inputs: tf.Tensor[]) => tf.Tensor): tf.Tensor[] {
  const weighted = (...xs: tf.Tensor[]) => {
    const y = f(...xs);
    return tf.sum(tf.mul(y, normal(y.shape, 'dy')));
  };
  return [f(...inputs), ...tf.grads(weighted)(inputs)];
}
