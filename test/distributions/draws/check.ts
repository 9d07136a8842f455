import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { Rng } from '../../../src/random/rng';
import { values } from '../../support/expect-values';
import { chiSquareP, kolmogorovP, kolmogorovSmirnov } from '../../support/statistics';
import { drawRows } from './table';

/** `npm run test:draws` asks for the long run: ten times as many draws, and GPUs too. */
export const isLongRun = Boolean((import.meta as { env?: Record<string, string> }).env?.['VITE_DRAWS']);
const COUNT = isLongRun ? 100_000 : 10_000;

/** Draws with a fixed seed against their distribution, on the active backend: a right one fails at one seed in 10⁴. */
export function checkDraws(): void {
  test.each(drawRows.map(row => [row.name, row] as const))('%s', async (_, row) => {
    const before = tf.memory().numTensors;
    const x = await values(tf.tidy(() => row.draw(new Rng(11), COUNT)));
    expect(tf.memory().numTensors).toBe(before);
    expect(x).toHaveLength(COUNT);
    const p = 'cdf' in row ? kolmogorovP(kolmogorovSmirnov(x, row.cdf), COUNT) : massP(x, row.logMass);
    expect(p).toBeGreaterThan(1e-4);
  });
}

/** The χ² test of whole numbers, over bins of at least 20 expected draws. */
function massP(x: readonly number[], logMass: (k: number) => number): number {
  const seen = new Map<number, number>();
  for (const k of x) seen.set(k, (seen.get(k) ?? 0) + 1);
  const bins: { expected: number; observed: number }[] = [];
  let bin = { expected: 0, observed: 0 };
  let below = 0;
  for (let k = 0; below < 1 - 1e-9 && k < 1e6; k++) {
    const mass = Math.exp(logMass(k));
    below += mass;
    bin.expected += mass * x.length;
    bin.observed += seen.get(k) ?? 0;
    seen.delete(k);
    if (bin.expected < 20) continue;
    bins.push(bin);
    bin = { expected: 0, observed: 0 };
  }
  // What is left belongs to the last bin: a value that cannot be is a draw too many.
  const last = bins.at(-1)!;
  last.expected += bin.expected;
  last.observed += bin.observed + [...seen.values()].reduce((a, b) => a + b, 0);
  return chiSquareP(bins);
}
