import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { interpolate } from '../../src/latent/interpolate';
import { Rng } from '../../src/random/rng';
import { describeBackends, noLeak, values } from '../support/backends';

const spherical = { method: 'spherical' } as const;

function near(actual: readonly number[], expected: readonly number[], digits = 6): void {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((v, i) => {
    expect(v).toBeCloseTo(expected[i]!, digits);
  });
}

function rows(t: tf.Tensor): number[][] {
  const out = t.arraySync() as number[][];
  t.dispose();
  return out;
}

const norm = (row: readonly number[]) => Math.hypot(...row);

describeBackends('interpolate', () => {
  test('goes straight by default', () => {
    const path = interpolate(tf.tensor1d([0, 10]), tf.tensor1d([4, -10]), 5);
    expect(path.shape).toEqual([5, 2]);
    near(values(path), [0, 10, 1, 5, 2, 0, 3, -5, 4, -10]);
  });

  test('goes round a quarter circle in equal angles', () => {
    const path = values(interpolate(tf.tensor1d([2, 0]), tf.tensor1d([0, 2]), 4, spherical));
    const angles = [0, 1, 2, 3].map(i => (i * Math.PI) / 6);
    near(
      path,
      angles.flatMap(angle => [2 * Math.cos(angle), 2 * Math.sin(angle)]),
      5,
    );
  });

  test('keeps equal norms, and takes others evenly from one to the other', () => {
    const [a, b] = [new Rng(1).normal([20]), new Rng(2).normal([20])];
    const unit = (t: tf.Tensor, length: number) => tf.mul(t, tf.div(length, tf.norm(t)));
    const equal = rows(interpolate(unit(a, 4), unit(b, 4), 9, spherical));
    near(equal.map(norm), Array(9).fill(4), 5);
    const growing = rows(interpolate(unit(a, 1), unit(b, 3), 5, spherical));
    near(growing.map(norm), [1, 1.5, 2, 2.5, 3], 5);
    const straight = rows(interpolate(unit(a, 4), unit(b, 4), 9));
    expect(norm(straight[4]!)).toBeLessThan(3.5);
  });

  test('agrees with the formula of White 2016 where norms are equal', () => {
    const [a, b] = [
      [1, 2, -2],
      [2, -2, -1],
    ];
    const angle = Math.acos((a[0]! * b[0]! + a[1]! * b[1]! + a[2]! * b[2]!) / 9);
    const path = rows(interpolate(tf.tensor1d(a), tf.tensor1d(b), 4, spherical));
    path.forEach((row, i) => {
      const [wa, wb] = [1 - i / 3, i / 3].map(t => Math.sin(t * angle) / Math.sin(angle)) as [number, number];
      near(
        row,
        a.map((v, d) => wa * v + wb * b[d]!),
        5,
      );
    });
  });

  test('treats each row of a batch by itself', () => {
    const a = tf.tensor2d([
      [2, 0],
      [1, 1],
    ]);
    const b = tf.tensor2d([
      [0, 2],
      [3, 3],
    ]);
    const path = interpolate(a, b, 3, spherical);
    expect(path.shape).toEqual([3, 2, 2]);
    near(values(path), [2, 0, 1, 1, Math.SQRT2, Math.SQRT2, 2, 2, 0, 2, 3, 3], 5);
  });

  test.each<[string, number[], number[]]>([
    ['the ends are one', [1, 2], [1, 2]],
    ['the angle vanishes', [1, 2], [2, 4]],
    ['the angle is all but nothing', [1, 0], [1, 1e-7]],
    ['the ends are opposite', [1, 2], [-1, -2]],
    ['an end is 0', [0, 0], [3, 4]],
    ['both ends are 0', [0, 0], [0, 0]],
  ])('falls back on the straight line where %s', (_name, a, b) => {
    const path = values(interpolate(tf.tensor1d(a), tf.tensor1d(b), 5, spherical));
    near(path, values(interpolate(tf.tensor1d(a), tf.tensor1d(b), 5)));
  });

  test('keeps its digits at small angles, where acos would lose them', () => {
    const [angle, steps] = [3e-3, 3];
    const path = values(
      interpolate(tf.tensor1d([1, 0]), tf.tensor1d([Math.cos(angle), Math.sin(angle)]), steps, spherical),
    );
    expect(Math.abs(path[3]! / Math.sin(angle / 2) - 1)).toBeLessThan(1e-5);
  });

  test('has its ends to the last bit, and leaks nothing', () => {
    const [a, b] = [new Rng(3).normal([7]), new Rng(4).normal([7])];
    for (const method of ['linear', 'spherical'] as const) {
      const path = values(interpolate(a, b, 2, { method }));
      expect(path).toEqual([...a.dataSync(), ...b.dataSync()]);
      noLeak(() => tf.dispose(interpolate(a, b, 5, { method })));
    }
  });
});

describe('interpolate refuses', () => {
  const [a, b] = [() => tf.zeros([3]), () => tf.zeros([4])];
  test.each<[string, () => tf.Tensor, RegExp]>([
    ['shapes that differ', () => interpolate(a(), b(), 3), /got \[3\] and \[4\]/],
    ['another rank', () => interpolate(tf.zeros([2, 3, 4]), tf.zeros([2, 3, 4]), 3), /must both be \[latentDim\] or/],
    ['one step', () => interpolate(a(), a(), 1), /steps must be an integer of at least 2, both ends included, got 1/],
    [
      'an unknown method',
      () => interpolate(a(), a(), 3, { method: 'cubic' as 'linear' }),
      /method must be .*got "cubic"/,
    ],
  ])('%s', (_name, call, message) => {
    expect(call).toThrow(message);
  });
});
