import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { logSumExp } from '../../src/ops/log-sum-exp';
import golden from '../golden/ops.json';
import { describeBackends, noLeak, values } from '../support/backends';
import { expectClose } from '../support/expect-close';
import { checkGradients, input } from '../support/finite-difference';

const rows = golden.logSumExp.x.map(row => row.map(Number));
const { y, gradient } = golden.logSumExp;

describeBackends('logSumExp', () => {
  test('agrees with golden rows: −∞ among and instead of numbers, ±1000, −3e38', () => {
    expectClose(values(tf.tidy(() => logSumExp(tf.tensor2d(rows), 1))), y);
  });

  test('sums over the first axis as well as over the last', () => {
    expectClose(values(tf.tidy(() => logSumExp(tf.transpose(tf.tensor2d(rows)), 0))), y);
  });

  test('has the softmax as its gradient, and 0 where every term is −∞', () => {
    const result = values(tf.tidy(() => tf.grad(t => logSumExp(t, 1))(tf.tensor2d(rows))));
    expectClose(result, gradient.flat());
  });

  test('its gradient agrees with finite differences along either axis', () => {
    const data = [0.5, -1, 2, 3, 0.1, -4];
    checkGradients(
      (...[t]) => tf.square(logSumExp(t!, 0)),
      x => [0, 1, 2].reduce((a, c) => a + Math.log(Math.exp(x[c]!) + Math.exp(x[c + 3]!)) ** 2, 0),
      [input([2, 3], data)],
    );
    checkGradients(
      (...[t]) => logSumExp(t!),
      x => Math.log(x.reduce((a, v) => a + Math.exp(v), 0)),
      [input([2, 3], data)],
    );
  });

  test('takes no axis, negative axes, several axes, and keeps dimensions on request', () => {
    const x = tf.tensor3d([0, 1, 2, 3, 4, 5, 6, 7], [2, 2, 2]);
    const lse = (list: number[]) => Math.log(list.reduce((a, v) => a + Math.exp(v), 0));
    const shapes: [number | number[] | undefined, boolean, number[]][] = [
      [undefined, false, []],
      [undefined, true, [1, 1, 1]],
      [-1, false, [2, 2]],
      [-1, true, [2, 2, 1]],
      [1, true, [2, 1, 2]],
      [[0, 2], false, [2]],
      [[0, -1], true, [1, 2, 1]],
    ];
    for (const [axis, keepDims, shape] of shapes) {
      const result = logSumExp(x, axis, keepDims);
      expect(result.shape).toEqual(shape);
      result.dispose();
    }
    expectClose(values(logSumExp(x)), [lse([0, 1, 2, 3, 4, 5, 6, 7])]);
    expectClose(values(logSumExp(x, [0, 2])), [lse([0, 1, 4, 5]), lse([2, 3, 6, 7])]);
    x.dispose();
  });

  test('shifts with its input: logSumExp(x + c) = logSumExp(x) + c, and never lies below the maximum', () => {
    const data = [-3, 0.25, 1.5, 2];
    const [plain, shifted] = [data, data.map(v => v + 64)].map(
      v => values(tf.tidy(() => logSumExp(tf.tensor1d(v))))[0]!,
    );
    expect(shifted).toBeCloseTo(plain! + 64, 5);
    expect(plain).toBeGreaterThan(2);
  });

  test('one term is itself; NaN and +∞ are passed on', () => {
    expect(values(tf.tidy(() => logSumExp(tf.tensor2d([[5], [-1e30]]), 1)))).toEqual([5, Math.fround(-1e30)]);
    expect(values(tf.tidy(() => logSumExp(tf.tensor1d([1, Number.NaN]))))).toEqual([Number.NaN]);
    expect(values(tf.tidy(() => logSumExp(tf.tensor1d([1, Infinity]))))).toEqual([Infinity]);
  });

  test('leaves no tensor behind, forwards and backwards, with and without kept dimensions', () => {
    const x = tf.tensor2d(rows);
    for (const keepDims of [false, true]) {
      noLeak(() => logSumExp(x, 1, keepDims).dispose());
      noLeak(() =>
        tf
          .grad(t => logSumExp(t, 1, keepDims))(x)
          .dispose(),
      );
    }
    expect(x.isDisposed).toBe(false);
    x.dispose();
  });
});
