import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { Beta } from '../../src/distributions/beta';
import { ContinuousBernoulli } from '../../src/distributions/continuous-bernoulli';
import { lgamma } from '../../src/ops/lgamma';
import { Rng } from '../../src/random/rng';
import { describeBackends, values } from '../support/backends';
import { expectClose } from '../support/expect-close';
import { lgamma64 } from '../support/special-functions';

describeBackends('Beta', () => {
  test('Beta(1e5, 10) near 1: the textbook form is off', () => {
    const x = [0.9998, 0.9999, 0.99995, 0.99999].map(Math.fround);
    const [a, b] = [1e5, 10];
    const level = lgamma64(a + b) - lgamma64(a) - lgamma64(b);
    const exact = x.map(v => level + (a - 1) * Math.log(v) + (b - 1) * Math.log1p(-v));
    const [given, alpha, beta] = [tf.tensor1d(x), tf.fill([4], a), tf.scalar(b)];
    const wrong = tf.tidy(() => {
      const norm = tf.sub(lgamma(tf.add(alpha, beta)), tf.add(lgamma(alpha), lgamma(beta)));
      const inner = tf.add(tf.mul(a - 1, tf.log(given)), tf.mul(b - 1, tf.log(tf.sub(1, given))));
      return tf.add(norm, inner);
    });
    const error = (t: tf.Tensor) => Math.max(...values(t).map((v, i) => Math.abs(v - exact[i]!)));
    expect(error(new Beta({ alpha, beta, eventRank: 0 }).logProb(given))).toBeLessThan(2e-5);
    expect(error(wrong)).toBeGreaterThan(5e-3);
    tf.dispose([given, alpha, beta]);
  });

  test('the borders themselves are finite and never NaN, in value and gradient', () => {
    const [x, alpha, beta] = [tf.tensor1d([0, 1]), tf.fill([2], 3), tf.scalar(2)];
    const f = (v: tf.Tensor, a: tf.Tensor, b: tf.Tensor) =>
      tf.sum(new Beta({ alpha: a, beta: b, eventRank: 0 }).logProb(v));
    const all = [f(x, alpha, beta), ...tf.grads(f)([x, alpha, beta])].flatMap(values);
    expect(all.every(Number.isFinite)).toBe(true);
    tf.dispose([x, alpha, beta]);
  });

  test('draws of small shapes stay inside of (0, 1)', () => {
    const [alpha, beta] = [tf.fill([2000], 1e-3), tf.scalar(1e-3)];
    const drawn = values(new Beta({ alpha, beta, eventRank: 0 }).sample({ rng: new Rng(4) }));
    expect(Math.min(...drawn)).toBeGreaterThan(0);
    expect(Math.max(...drawn)).toBeLessThan(1);
    tf.dispose([alpha, beta]);
  });

  test('has no mode where no inner value is likeliest', () => {
    const [alpha, beta] = [tf.tensor1d([0.5, 1, 3]), tf.tensor1d([2, 1, 2])];
    expectClose(values(new Beta({ alpha, beta, eventRank: 0 }).mode()).slice(2), [2 / 3]);
    expect(values(new Beta({ alpha, beta, eventRank: 0 }).mode()).slice(0, 2)).toEqual([Number.NaN, Number.NaN]);
    expect(() => new Beta({ concentration1: alpha, beta } as never)).toThrow(
      'unknown option concentration1; write alpha',
    );
    tf.dispose([alpha, beta]);
  });
});

describeBackends('ContinuousBernoulli', () => {
  test('near l = 0 the plain formula is lost', () => {
    const l = [1e-6, -3e-5, 1e-3].map(Math.fround);
    const [logits, x] = [tf.tensor1d(l), tf.fill([3], 0.75)];
    const exact = l.map(v => v * 0.75 - Math.log(Math.expm1(v) / v));
    const plain = values(tf.tidy(() => tf.sub(tf.mul(logits, x), tf.log(tf.div(tf.sub(tf.exp(logits), 1), logits)))));
    expect(Math.abs(plain[0]! - exact[0]!)).toBeGreaterThan(1e-2);
    expectClose(values(new ContinuousBernoulli({ logits, eventRank: 0 }).logProb(x)), exact, { tolerance: 1e-7 });
    tf.dispose([logits, x]);
  });

  test('entropy keeps its digits far out, and has the gradient −l·Var', () => {
    const l = [-200, -30, -2.5, 1, 2, 60];
    const logits = tf.tensor1d(l);
    const exact = l.map(
      v => Math.log(Math.abs(Math.expm1(-Math.abs(v)) / v)) + 1 - Math.abs(v) / Math.expm1(Math.abs(v)),
    );
    const entropy = (t: tf.Tensor) => new ContinuousBernoulli({ logits: t, eventRank: 0 }).entropy();
    expectClose(values(entropy(logits)), exact, { tolerance: 5e-7 });
    const slope = l.map(v => -v * (1 / v ** 2 - 1 / (4 * Math.sinh(v / 2) ** 2)));
    expectClose(values(tf.tidy(() => tf.grad(t => tf.sum(entropy(t)))(logits))), slope);
    logits.dispose();
  });
});

test('probabilities are refused with the way to logits', () => {
  const p = tf.fill([1, 1], 0.5);
  expect(() => new ContinuousBernoulli({ probs: p } as never)).toThrow('unknown option probs; write logits: tf.log');
  p.dispose();
});
