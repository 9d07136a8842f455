import { describe, expect, test } from 'vitest';
import { oneHot } from '../../src/data/one-hot';

describe('oneHot', () => {
  test('puts a 1 at the label', () => {
    const { values, shape } = oneHot(Uint8Array.from([2, 0, 1]), 3);
    expect(shape).toEqual([3, 3]);
    expect([...values]).toEqual([0, 0, 1, 1, 0, 0, 0, 1, 0]);
  });

  test.each([3, -1, 1.5, Number.NaN])('refuses the label %s and names its index', label => {
    expect(() => oneHot([0, label], 3)).toThrow(`from 0 to 2, got ${label} at index 1`);
  });

  test.each([0, 2.5])('refuses %s classes', classes => {
    expect(() => oneHot([0], classes)).toThrow(`classes must be a positive integer, got ${classes}`);
  });
});
