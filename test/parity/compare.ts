import * as tf from '@tensorflow/tfjs';
import { prepareBackend } from 'tfjs-vae';
import type { ParityRow } from './row';

/** Outputs of a row as numbers. */
export type Outputs = { shape: readonly number[]; values: readonly number[] }[];

/** How far each output is off, relative to the largest entry of what is expected. */
type Deviation = { output: number; error: number };

/** Runs a row on a backend: as tfjs made it, or prepared. Fails where tensors are left behind. */
export async function outputsOn(backend: string, row: ParityRow, prepared: boolean): Promise<Outputs> {
  if (!(await tf.setBackend(backend))) throw new Error(`backend ${backend} does not load`);
  const report = prepared ? await prepareBackend() : undefined;
  try {
    const before = tf.memory().numTensors;
    const results = tf.tidy(() => row.run());
    const outputs: Outputs = [];
    for (const t of results) outputs.push({ shape: t.shape, values: Array.from(await t.data()) });
    tf.dispose(results);
    const leaked = tf.memory().numTensors - before;
    if (leaked !== 0) throw new Error(`${row.name} leaked ${leaked} tensors on ${backend}`);
    return outputs;
  } finally {
    report?.restore();
  }
}

/** The largest difference relative to the largest entry. Infinities must be equal; a NaN is infinitely wrong. */
function relativeError(actual: readonly number[], expected: readonly number[]): number {
  if (actual.length !== expected.length) return Infinity;
  const largest = expected.reduce((a, v) => (Number.isFinite(v) ? Math.max(a, Math.abs(v)) : a), 0);
  let worst = 0;
  expected.forEach((target, i) => {
    const value = actual[i]!;
    if (value === target) return;
    const off = Math.abs(value - target) / (largest || 1);
    worst = Math.max(worst, Number.isNaN(off) ? Infinity : off);
  });
  return worst;
}

/** The worst output against another run, or against golden values. */
export function worstDeviation(actual: Outputs, expected: readonly (readonly number[])[]): Deviation {
  let worst: Deviation = { output: 0, error: 0 };
  expected.forEach((values, output) => {
    const error = relativeError(actual[output]?.values ?? [], values);
    if (error > worst.error) worst = { output, error };
  });
  return worst;
}
