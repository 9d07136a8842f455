import { expect } from 'vitest';

/**
 * Fails where a value is further than `tolerance · max(floor, |expected|)` from the expected one. Infinities must be
 * equal, and a NaN is never close.
 */
export function expectClose(
  actual: readonly number[],
  expected: readonly (number | string)[],
  { tolerance = 1e-5, floor = 1 }: { tolerance?: number; floor?: number } = {},
): void {
  expect(actual.length, 'number of values').toBe(expected.length);
  actual.forEach((value, i) => {
    const target = Number(expected[i]); // JSON holds infinities as strings
    if (value === target) return;
    const allowed = tolerance * Math.max(floor, Math.abs(target));
    const near = Number.isFinite(target) && Math.abs(value - target) <= allowed;
    expect(near, `value ${i}: got ${value}, expected ${target} ± ${allowed}`).toBe(true);
  });
}

/** Close relative to the expected value alone, however small it is. */
export function expectRelative(actual: readonly number[], expected: readonly (number | string)[], tolerance = 1e-5) {
  expectClose(actual, expected, { tolerance, floor: 1e-37 });
}
