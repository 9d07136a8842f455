import { describe, expect, test } from 'vitest';
import { keyedOrder } from '../../src/random/keyed-order';
import { Rng } from '../../src/random/rng';

const all = (size: number, seed = 1) => keyedOrder(new Rng(seed), size).subarray(0, size);

describe('keyedOrder', () => {
  test.each([1, 2, 3, 16, 17, 1000, 4097, 65_537])('is a permutation of %i', size => {
    expect(Uint32Array.from(all(size)).sort()).toEqual(Uint32Array.from({ length: size }, (_, i) => i));
  });

  test('parts of it are parts of the whole, and the seed decides', () => {
    const whole = all(1000);
    const order = keyedOrder(new Rng(1), 1000);
    expect([...order.subarray(300, 428)]).toEqual([...whole.subarray(300, 428)]);
    expect([...all(1000, 2)]).not.toEqual([...whole]);
    expect([...all(1000)]).toEqual([...whole]);
  });

  test('2³² rows and 2³¹ rows take no memory: distinct rows, spread over the whole', () => {
    for (const size of [2 ** 31, 2 ** 32]) {
      const before = process.memoryUsage().rss;
      const rows = keyedOrder(new Rng(3), size).subarray(size - 20_000, size);
      expect(process.memoryUsage().rss - before).toBeLessThan(64 * 2 ** 20);
      expect(new Set(rows).size).toBe(20_000);
      const mean = rows.reduce((a, b) => a + b, 0) / rows.length / size;
      // Four standard errors of the mean of uniform numbers.
      expect(Math.abs(mean - 0.5)).toBeLessThan(4 / Math.sqrt(12 * rows.length));
    }
  });

  test('is uniform: first places and neighbours of many seeds, by χ²', () => {
    const size = 12;
    const trials = 6000;
    const first = new Float64Array(size);
    const steps = new Float64Array(size);
    for (let seed = 0; seed < trials; seed++) {
      const [a, b] = all(size, seed);
      first[a!]!++;
      steps[(b! - a! + size) % size]!++;
    }
    const chi2 = (counts: Float64Array, expected: number) =>
      counts.reduce((s, n) => s + (n - expected) ** 2 / expected, 0);
    // 99.9 % points of χ² with 11 and 10 degrees of freedom.
    expect(chi2(first, trials / size)).toBeLessThan(31.26);
    expect(chi2(steps.subarray(1), trials / (size - 1))).toBeLessThan(29.59);
  });
});
