import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { NegativeBinomial } from '../../src/distributions/negative-binomial';
import { Poisson } from '../../src/distributions/poisson';
import { lgamma } from '../../src/ops/lgamma';
import { describeBackends, values } from '../support/backends';
import { lgamma64 } from '../support/special-functions';

/** log p by the code that most libraries share: sums with 1e-8, and differences of lgammas. */
function common(x: number, mean: number, size: number): number {
  const [mu, theta, k] = [tf.scalar(mean), tf.scalar(size), tf.scalar(x)];
  const log = (t: tf.Tensor) => tf.log(tf.add(t, 1e-8));
  const all = log(tf.add(theta, mu));
  const order = tf.sub(tf.sub(lgamma(tf.add(k, theta)), lgamma(theta)), lgamma(tf.add(k, 1)));
  const ofMean = tf.mul(k, tf.sub(log(mu), all));
  return values(tf.add(order, tf.add(ofMean, tf.mul(theta, tf.sub(log(theta), all)))))[0]!;
}

const ours = (x: number, mean: number, size: number) =>
  values(
    new NegativeBinomial({
      ...{ logMean: tf.tensor1d([Math.log(mean)]), logDispersion: tf.scalar(Math.log(size)), eventRank: 0 },
    }).logProb(tf.tensor1d([x])),
  )[0]!;

const poisson64 = (x: number, mean: number) => x * Math.log(mean) - mean - lgamma64(x + 1);

describeBackends('counts', () => {
  test('a negative binomial at r = 1e9 is all but a Poisson; the common code is hundreds of nats off', () => {
    tf.tidy(() => {
      const exact = poisson64(100, 90);
      expect(Math.abs(ours(100, 90, 1e9) - exact)).toBeLessThan(1e-5);
      expect(Math.abs(common(100, 90, 1e9) - exact)).toBeGreaterThan(100);
    });
  });

  test('10,000 counts at a mean of 1e-6; the 1e-8 of the common code is worth a hundred nats', () => {
    tf.tidy(() => {
      const mean = Math.exp(Math.fround(Math.log(1e-6)));
      const exact = -Math.log1p(mean) + 1e4 * Math.log(mean / (1 + mean));
      expect(Math.abs(ours(1e4, 1e-6, 1) - exact)).toBeLessThan(1e-6 * Math.abs(exact));
      expect(Math.abs(common(1e4, 1e-6, 1) - exact)).toBeGreaterThan(90);
    });
  });

  test('the gradient by log r at x = 0, m = 1e5, r = 1e-4: 1 + v has no digits left', () => {
    tf.tidy(() => {
      const [logMean, logDispersion] = [tf.tensor1d([Math.log(1e5)]), tf.tensor1d([Math.log(1e-4)])];
      const logProb = (r: tf.Tensor) =>
        new NegativeBinomial({ logMean, logDispersion: r, eventRank: 0 }).logProb(tf.tensor1d([0]));
      const [m, r] = [1e5, 1e-4];
      const v = -m / (r + m);
      const exact = r * (Math.log(r / (r + m)) - v);
      expect(values(tf.grad(logProb)(logDispersion))[0]).toBeCloseTo(exact, 7);
      const excess = tf.div(tf.scalar(-m), tf.add(tf.scalar(r), m));
      const wrong = values(tf.mul(r, tf.sub(tf.log(tf.add(1, excess)), excess)))[0]!;
      expect(Number.isFinite(wrong) && Math.abs(wrong - exact) < 1e-4).toBe(false);
    });
  });

  test('a Poisson of rate 1e7; the textbook form is half a nat off', () => {
    tf.tidy(() => {
      const logRate = Math.fround(Math.log(1e7));
      const x = 10_001_000;
      const exact = poisson64(x, Math.exp(logRate));
      const rate = tf.tensor1d([logRate]);
      const [count, logProb] = [tf.tensor1d([x]), new Poisson({ logRate: rate, eventRank: 0 })];
      expect(Math.abs(values(logProb.logProb(count))[0]! - exact)).toBeLessThan(1e-3);
      const textbook = tf.sub(tf.sub(tf.mul(count, rate), tf.exp(rate)), lgamma(tf.add(count, 1)));
      expect(Math.abs(values(textbook)[0]! - exact)).toBeGreaterThan(0.3);
    });
  });
});
