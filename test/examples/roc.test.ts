import { fc, test as propertyTest } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import { quantile, rocAuc, shareAbove } from '../../examples/anomaly/roc';

/** The definition: pairs of an anomaly and a normal example, ties half. */
function pairwise(normal: number[], anomalous: number[]): number {
  const wins = anomalous.flatMap(a => normal.map(n => (a > n ? 1 : a === n ? 0.5 : 0) as number));
  return wins.reduce((sum, win) => sum + win, 0) / wins.length;
}

describe('rocAuc', () => {
  test('is 1 when every anomaly scores higher, 0 when lower, and half when nothing can be told', () => {
    expect(rocAuc([1, 2, 3], [4, 5])).toBe(1);
    expect(rocAuc([4, 5], [1, 2, 3])).toBe(0);
    expect(rocAuc([7, 7], [7, 7, 7])).toBe(0.5);
  });

  test('agrees with a case worked by hand', () => {
    // Pairs won: 3 beats 1 and 2; 2 beats 1 and ties with 2. 3½ of 4.
    expect(rocAuc([1, 2], [2, 3])).toBe(0.875);
    // scikit-learn's example: labels 0 0 1 1, scores 0.1 0.4 0.35 0.8.
    expect(rocAuc([0.1, 0.4], [0.35, 0.8])).toBe(0.75);
  });

  const scores = fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 1, maxLength: 30 });

  propertyTest.prop([scores, scores])('is the share of pairs that are in order, ties half', (normal, anomalous) => {
    expect(rocAuc(normal, anomalous)).toBeCloseTo(pairwise(normal, anomalous), 12);
  });

  propertyTest.prop([scores, scores])('turns into 1 − AUC when the sides are exchanged', (a, b) => {
    expect(rocAuc(a, b) + rocAuc(b, a)).toBeCloseTo(1, 12);
  });

  test('does not touch what it is given', () => {
    const normal = [3, 1, 2];
    rocAuc(normal, [0]);
    expect(normal).toEqual([3, 1, 2]);
  });

  test('refuses an empty side and NaN', () => {
    expect(() => rocAuc([], [1])).toThrow('rocAuc: both sides must have scores, got 0 normal and 1 anomalous');
    expect(() => rocAuc([1], [Number.NaN])).toThrow('rocAuc: scores must be numbers, got NaN');
  });
});

describe('quantile', () => {
  test('is linear between the sorted values', () => {
    const values = [40, 10, 30, 20];
    expect(quantile(values, 0)).toBe(10);
    expect(quantile(values, 0.5)).toBe(25);
    expect(quantile(values, 1)).toBe(40);
    // numpy.quantile([10, 20, 30, 40], 0.95)
    expect(quantile(values, 0.95)).toBeCloseTo(38.5, 12);
    expect(values).toEqual([40, 10, 30, 20]);
    expect(quantile([3], 0.3)).toBe(3);
  });

  test('refuses nothing, and shares outside [0, 1]', () => {
    expect(() => quantile([], 0.5)).toThrow('quantile: values must not be empty');
    expect(() => quantile([1], 1.1)).toThrow('quantile: q must lie in [0, 1], got 1.1');
    expect(() => quantile([1], Number.NaN)).toThrow('got NaN');
  });
});

test('shareAbove counts what is strictly above the threshold', () => {
  expect(shareAbove([1, 2, 3, 4], 2)).toBe(0.5);
  expect(shareAbove([1, 2], 2)).toBe(0);
});
