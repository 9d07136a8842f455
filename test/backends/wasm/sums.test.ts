import * as tf from '@tensorflow/tfjs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { values } from '../../support/backends';
import { expectCpuValues, normal, usePreparedWasm, useWasm } from '../support';

const meanOfTenths = () => values(tf.tidy(() => tf.mean(tf.fill([2 ** 20], 0.1))))[0]!;

describe('sums and softplus on wasm', () => {
  useWasm();

  test('workaround: the stock mean drifts', () => {
    expect(Math.abs(meanOfTenths() - 0.1)).toBeGreaterThan(5e-4);
  });

  describe('prepared', () => {
    usePreparedWasm();

    test('long sums are exact to float32', async () => {
      await tf.setBackend('wasm');
      expect(Math.abs(meanOfTenths() / 0.1 - 1)).toBeLessThan(3e-7);
      const columns = tf.tidy(() => values(tf.sum(tf.fill([2 ** 17, 21], 0.1), 0)));
      for (const value of columns) expect(Math.abs(value / (0.1 * 2 ** 17) - 1)).toBeLessThan(1e-6);
    });

    test('drawn shapes and axes as on cpu', async () => {
      // Long axes reach past the blocks of lanes and of terms.
      const length = fc.oneof(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 300 }));
      const cases = fc
        .tuple(length, fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 40 }))
        .chain(shape => fc.tuple(fc.constant(shape), fc.shuffledSubarray([0, 1, 2]), fc.boolean()));
      await fc.assert(
        fc.asyncProperty(cases, ([shape, axes, keepDims]) =>
          expectCpuValues(() => {
            const x = tf.abs(normal([...shape], 'x'));
            return [tf.sum(x, axes, keepDims), tf.mean(x, axes, keepDims)];
          }, 1e-6),
        ),
        { numRuns: 100, seed: 4 },
      );
    });

    test('sums of all, of nothing, of integers and booleans, with negative axes', () =>
      expectCpuValues(() => {
        const x = normal([3, 4, 5], 'x');
        const whole = tf.cast(tf.mul(x, 10), 'int32');
        const none = tf.zeros([0, 3]);
        return [
          ...[tf.sum(x), tf.sum(x, -1), tf.sum(x, [-1, -2]), tf.sum(tf.scalar(3)), tf.sum(none), tf.sum(none, 0)],
          ...[tf.sum(whole), tf.sum(whole, 1), tf.mean(whole, 1), tf.sum(tf.greater(x, 0), 0)],
        ];
      }, 1e-6));

    test('softplus to 1e-6 of itself, from −80 to 80', async () => {
      await tf.setBackend('wasm');
      const xs = Float32Array.from({ length: 16003 }, (_, i) => (i - 8001) / 100);
      const actual = values(tf.tidy(() => tf.softplus(tf.tensor1d(xs))));
      xs.forEach((x, i) => {
        const expected = Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
        expect(Math.abs(actual[i]! / expected - 1), `at ${x}`).toBeLessThan(1e-6);
      });
    });

    test('softplus of what is not finite', async () => {
      await tf.setBackend('wasm');
      const special = [Number.NaN, Infinity, -Infinity, 3e38, -3e38];
      const actual = values(tf.tidy(() => tf.softplus(tf.tensor1d(special))));
      expect(actual.slice(0, 2)).toEqual([Number.NaN, Infinity]);
      expect(actual[3]! / 3e38).toBeCloseTo(1, 6);
      for (const i of [2, 4]) expect(actual[i]).toBeLessThan(1e-37);
    });
  });
});
