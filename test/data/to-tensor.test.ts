import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import type { ArrayField } from '../../src/data/array-field';
import { toTensor } from '../../src/data/to-tensor';
import { describeBackends, noLeak, values } from '../support/backends';

const bytes: ArrayField = { values: Uint8Array.from([0, 51, 102, 153, 204, 255]), shape: [3, 2], scale: 1 / 255 };

describeBackends('toTensor', () => {
  test('multiplies by the scale', () => {
    const t = toTensor(bytes);
    expect([t.shape, t.dtype]).toEqual([[3, 2], 'float32']);
    values(t).forEach((v, i) => {
      expect(v).toBeCloseTo(i / 5, 6);
    });
  });

  test('takes a range of rows', () => {
    const field = { values: Float32Array.from([1, 2, 3, 4, 5, 6]), shape: [3, 2, 1] };
    const middle = toTensor(field, { start: 1, count: 1 });
    expect(middle.shape).toEqual([1, 2, 1]);
    expect(values(middle)).toEqual([3, 4]);
    expect(values(toTensor(field, { start: 2 }))).toEqual([5, 6]);
    expect(values(toTensor(field, { start: 3 }))).toEqual([]);
  });

  test('keeps whole numbers as int32, unless they are scaled', () => {
    const field = { values: Int32Array.from([-7, 2 ** 24 + 1]), shape: [2] };
    const whole = toTensor(field);
    expect(whole.dtype).toBe('int32');
    expect(values(whole)).toEqual([-7, 2 ** 24 + 1]);
    const scaled = toTensor({ ...field, scale: 0.5 });
    expect(scaled.dtype).toBe('float32');
    expect(values(scaled)[0]).toBe(-3.5);
  });

  test('does not change with the field afterwards, and makes one tensor', () => {
    for (const source of [Float32Array.from([1, 2]), Int32Array.from([1, 2])]) {
      const t = toTensor({ values: source, shape: [2] });
      source[0] = 9;
      expect(values(t)).toEqual([1, 2]);
    }
    noLeak(() => tf.dispose(toTensor(bytes)));
  });
});

describe('toTensor refuses', () => {
  test.each<[string, ArrayField, object, RegExp]>([
    [
      'values that do not fill the shape',
      { ...bytes, shape: [2, 2] },
      {},
      /6 values do not fill the shape \[2,2\], which holds 4/,
    ],
    ['a shape without a count', { ...bytes, shape: [] }, {}, /shape must be \[count/],
    ['a broken shape', { ...bytes, shape: [1.5, 4] }, {}, /shape must be \[count/],
    ['a scale that is no number', { ...bytes, scale: Number.NaN }, {}, /scale must be a finite number, got NaN/],
    ['rows beyond the end', bytes, { start: 2, count: 2 }, /rows must lie within 0 … 3, got start = 2, count = 2/],
    ['rows before the start', bytes, { start: -1 }, /rows must lie within 0 … 3/],
  ])('%s', (_name, field, rows, message) => {
    expect(() => toTensor(field, rows)).toThrow(message);
  });
});
