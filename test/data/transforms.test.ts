import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { addNoise, type BatchTransform, dequantisation, dynamicBinarisation } from '../../src/data/transforms';
import { Rng } from '../../src/random/rng';
import { describeBackends, noLeak, values } from '../support/backends';
import { expectClose } from '../support/expect-close';
import { mean, standardError, variance } from '../support/statistics';

const context = (seed = 1) => ({ rng: new Rng(seed), training: true });
const apply = (transform: BatchTransform, x: tf.Tensor, seed = 1) =>
  tf.tidy(() => values(transform({ x }, context(seed)).x));

describeBackends('dynamic binarisation', () => {
  test('draws 0 and 1 with the grey level as the probability', () => {
    for (const p of [0, 0.3, 1]) {
      const drawn = apply(dynamicBinarisation(), tf.fill([2000, 2], p));
      expect(drawn.every(v => v === 0 || v === 1)).toBe(true);
      expect(Math.abs(mean(drawn) - p)).toBeLessThanOrEqual(4 * standardError(drawn));
    }
  });

  test('a target is drawn from the same numbers; the rest stays what it is', () => {
    tf.tidy(() => {
      const x = tf.fill([50, 4], 0.5);
      const labels = tf.zeros([50]);
      const batch = dynamicBinarisation()({ x, target: x, labels }, context());
      expect(values(batch.target!)).toEqual(values(batch.x));
      expect(batch.labels).toBe(labels);
    });
  });

  test('what is no probability stays outside of [0, 1], and NaN stays NaN', () => {
    const drawn = apply(dynamicBinarisation(), tf.tensor2d([[1.25, -0.5, 0.5, Number.NaN]]));
    expect(drawn[0]).toBe(1.25);
    expect(drawn[1]).toBe(-0.5);
    expect([0, 1]).toContain(drawn[2]);
    expect(drawn[3]).toBeNaN();
  });
});

describeBackends('dequantisation', () => {
  test('spreads each level evenly over its own interval', () => {
    const levels = 4;
    for (const level of [0, 2, 3]) {
      const spread = apply(dequantisation({ levels }), tf.fill([2000, 1], level / (levels - 1)));
      expect(Math.min(...spread)).toBeGreaterThanOrEqual(level / levels - 1e-6);
      expect(Math.max(...spread)).toBeLessThanOrEqual((level + 1) / levels + 1e-6);
      expect(Math.abs(mean(spread) - (level + 0.5) / levels)).toBeLessThan(4 * standardError(spread));
      expectClose([variance(spread)], [1 / (12 * levels ** 2)], { tolerance: 0.1, floor: 0 });
    }
  });
});

describeBackends('dequantisation at the ends of u', () => {
  const withNoise = (u: number) => ({
    rng: { fork: () => ({ uniform: (shape: number[]) => tf.fill(shape, u) }) } as unknown as Rng,
    training: true,
  });
  const noises = [0, 2 ** -24, 0.5, 1 - 2 ** -12, 1 - 2 ** -24];

  test.each([2, 3, 10, 256, 1000, 65536])('each of %d levels keeps to its own interval, 1 excluded', levels => {
    const step = Math.max(1, Math.floor(levels / 500));
    const ks = Array.from({ length: Math.ceil(levels / step) }, (_, i) => i * step).concat(levels - 1);
    // As a quotient, and as readers of bytes make it: both are off by rounding.
    for (const grey of [(k: number) => k / (levels - 1), (k: number) => k * Math.fround(1 / (levels - 1))]) {
      for (const u of noises) {
        const x = tf.tensor1d(ks.map(grey));
        const spread = tf.tidy(() => values(dequantisation({ levels })({ x }, withNoise(u)).x));
        x.dispose();
        const [low, high] = [(k: number) => Math.fround(k / levels), (k: number) => Math.fround((k + 1) / levels)];
        expect(ks.filter((k, i) => !(spread[i]! >= low(k) && spread[i]! < high(k)))).toEqual([]);
        expectClose(
          spread,
          ks.map(k => (k + u) / levels),
          { tolerance: 2 ** -14 },
        );
      }
    }
  });
});

describeBackends('added noise', () => {
  test('has its standard deviation, on what the encoder sees alone', () => {
    tf.tidy(() => {
      const x = tf.fill([2000, 2], 0.5);
      const batch = addNoise({ stddev: 0.3 })({ x }, context());
      const noise = values(tf.sub(batch.x, x));
      expect(Math.abs(mean(noise))).toBeLessThan(4 * standardError(noise));
      expectClose([variance(noise)], [0.09], { tolerance: 0.1, floor: 0 });
      expect(batch.target).toBe(x);
      const target = tf.zeros([2000, 2]);
      expect(addNoise({ stddev: 0.3 })({ x, target }, context()).target).toBe(target);
    });
  });

  test('clip keeps it in [0, 1], and a deviation of 0 changes nothing', () => {
    const clipped = apply(addNoise({ stddev: 2, clip: true }), tf.fill([100, 2], 0.5));
    expect([Math.min(...clipped), Math.max(...clipped)]).toEqual([0, 1]);
    expect(apply(addNoise({ stddev: 0 }), tf.fill([2, 2], 0.5))).toEqual([0.5, 0.5, 0.5, 0.5]);
  });
});

describe('all of them', () => {
  const transforms = { binarise: dynamicBinarisation(), dequantise: dequantisation(), noise: addNoise({ stddev: 1 }) };

  test.each(Object.entries(transforms))(
    '%s: by seed, without a leak, and each example its own noise in evaluation',
    (_, transform) => {
      const x = tf.fill([6, 3], 0.5);
      expect(apply(transform, x, 1)).toEqual(apply(transform, x, 1));
      expect(apply(transform, x, 2)).not.toEqual(apply(transform, x, 1));
      noLeak(() => {
        const { x: made, target } = transform({ x }, context());
        made.dispose();
        expect(target === undefined || target === x).toBe(true);
      });
      const rows = (indices: number[]) =>
        tf.tidy(() => {
          const rng = new Rng(1).forRows(indices);
          return values(transform({ x: tf.fill([indices.length, 3], 0.5) }, { rng, training: false }).x);
        });
      const whole = rows([0, 1, 2, 3]);
      expect([...rows([0, 1]), ...rows([2, 3])]).toEqual(whole);
      expect(rows([3, 2]).slice(0, 3)).toEqual(whole.slice(9));
    },
  );

  test('their options are checked', () => {
    expect(() => dequantisation({ levels: 1 })).toThrow('dequantisation: levels must be an integer above 1, got 1');
    expect(() => addNoise({ stddev: -1 })).toThrow('addNoise: stddev must be a number of 0 or more, got -1');
  });
});
