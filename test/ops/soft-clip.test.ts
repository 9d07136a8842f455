import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { softClip } from '../../src/ops/soft-clip';
import golden from '../golden/ops.json';
import { describeBackends, noLeak, values } from '../support/backends';
import { expectClose, expectRelative } from '../support/expect-close';
import { checkGradients, input } from '../support/finite-difference';

describeBackends('softClip', () => {
  for (const { low, high, x, y, gradient } of golden.softClip) {
    test(`agrees with the definition on [${low}, ${high}]`, () => {
      expectClose(values(tf.tidy(() => softClip(tf.tensor1d(x), low, high))), y);
    });

    test(`has the slope 1/(1 + overflow) on [${low}, ${high}], down to 1e-6`, () => {
      expectRelative(values(tf.tidy(() => tf.grad(t => softClip(t, low, high))(tf.tensor1d(x)))), gradient);
    });

    test(`changes no bit inside [${low}, ${high}]`, () => {
      const inside = x.filter(v => v >= low && v <= high);
      expect(values(tf.tidy(() => softClip(tf.tensor1d(inside), low, high)))).toEqual(inside);
    });
  }

  test('its gradient agrees with finite differences, scaled by the gradient above', () => {
    const clip = (v: number) => {
      if (v > 2) return 2 + Math.log1p(v - 2);
      return v < -1 ? -1 - Math.log1p(-1 - v) : v;
    };
    checkGradients(
      (...[t]) => tf.mul(5, softClip(t!, -1, 2)),
      flat => flat.reduce((a, v) => a + 5 * clip(v), 0),
      [input([2, 3], [-40, -1.5, -0.9, 0, 2.25, 60])],
    );
  });

  test('rises everywhere and is odd on a symmetric range', () => {
    const grid = Array.from({ length: 401 }, (_, i) => -100 + i / 2);
    const y = values(tf.tidy(() => softClip(tf.tensor1d(grid), -10, 10)));
    for (let i = 1; i < y.length; i++) expect(y[i]).toBeGreaterThan(y[i - 1]!);
    expectClose(y.map(v => -v).reverse(), y, { tolerance: 1e-6 });
  });

  test('a value far outside keeps a live slope: at 60 for ±10 it is 1/51', () => {
    expectRelative(values(tf.tidy(() => tf.grad(t => softClip(t, -10, 10))(tf.scalar(60)))), [1 / 51]);
  });

  test('leaves no tensor behind, forwards and backwards', () => {
    const x = tf.tensor1d([-20, 0, 20]);
    noLeak(() => softClip(x, -10, 10).dispose());
    noLeak(() =>
      tf
        .grad(t => softClip(t, -10, 10))(x)
        .dispose(),
    );
    expect(x.isDisposed).toBe(false);
    x.dispose();
  });

  test('refuses an empty range', () => {
    const x = tf.scalar(0);
    expect(() => softClip(x, 1, 1)).toThrow('softClip: low must be below high, got low = 1, high = 1');
    expect(() => softClip(x, Number.NaN, 1)).toThrow('softClip: low must be below high');
    x.dispose();
  });
});
