import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { Bernoulli } from '../../src/distributions/bernoulli';
import { Normal } from '../../src/distributions/normal';
import { StandardNormal } from '../../src/distributions/standard-normal';
import { effectiveSampleSize, iwaeBound, iwaeLoss } from '../../src/losses/iwae';
import { Rng } from '../../src/random/rng';
import elbo from '../golden/elbo.json';
import golden from '../golden/iwae.json';
import { describeBackends, noLeak, values } from '../support/backends';
import { expectClose } from '../support/expect-close';
import { checkGradients, input } from '../support/finite-difference';

const { source: _, ...cases } = golden;

/** −bound averaged over the batch, in float64. */
function loss64(flat: number[], samples: number, weights?: number[]): number {
  const batch = flat.length / samples;
  const share = weights ?? Array.from({ length: batch }, () => 1);
  let total = 0;
  for (let b = 0; b < batch; b++) {
    const column = Array.from({ length: samples }, (__, k) => flat[k * batch + b]!);
    const top = Math.max(...column);
    total -= share[b]! * (top + Math.log(column.reduce((a, v) => a + Math.exp(v - top), 0) / samples));
  }
  return total / share.reduce((a, w) => a + w, 0);
}

describeBackends('iwaeLoss', () => {
  describe.each(Object.entries(cases))('golden case %s', (__, { logWeights, perExample, bound, ess, gradient }) => {
    test('bound and effective sample size, per example and averaged', () => {
      noLeak(() => {
        const w = tf.tensor2d(logWeights);
        expectClose(values(iwaeBound(w)), perExample.bound);
        expectClose(values(effectiveSampleSize(w)), perExample.ess);
        const result = iwaeLoss({ logWeights: w });
        expectClose(values(result.bound), [bound]);
        expectClose(values(result.loss), [-bound]);
        expectClose(values(result.ess), [ess]);
        w.dispose();
      });
    });

    test('the gradient is minus the normalised weights, over the batch', () => {
      const result = tf.tidy(() => tf.grad(w => iwaeLoss({ logWeights: w }).loss)(tf.tensor2d(logWeights)));
      expectClose(values(result), gradient.flat());
    });
  });

  test('gradients against finite differences, with and without example weights', () => {
    const { logWeights } = cases.moderate;
    const inputs = [input([5, 3], logWeights.flat())];
    checkGradients(
      (...[w]) => iwaeLoss({ logWeights: w! }).loss,
      w => loss64(w, 5),
      inputs,
    );
    const weights = tf.tensor1d([1, 0, 3]);
    checkGradients(
      (...[w]) => iwaeLoss({ logWeights: w!, weights }).loss,
      w => loss64(w, 5, [1, 0, 3]),
      inputs,
    );
    weights.dispose();
  });

  test('example weights: Σwℓ / Σw, in the bound and the effective sample size', () => {
    const { logWeights, perExample } = cases.moderate;
    const share = [1, 0, 3];
    const average = (list: number[]) => list.reduce((a, v, b) => a + v * share[b]!, 0) / 4;
    const result = tf.tidy(() => iwaeLoss({ logWeights: tf.tensor2d(logWeights), weights: tf.tensor1d(share) }));
    expectClose(values(result.bound), [average(perExample.bound)]);
    expectClose(values(result.ess), [average(perExample.ess)]);
    result.loss.dispose();
  });

  test('K = 1 is the one-sample ELBO', () => {
    tf.tidy(() => {
      const q = new Normal({ mean: tf.tensor2d(elbo.mean), logVar: tf.tensor2d(elbo.logVar) });
      const p = new Normal({ mean: tf.tensor2d(elbo.priorMean), logVar: tf.tensor2d(elbo.priorLogVar) });
      const z = tf.tensor2d(elbo.z);
      const logLikelihood = new Bernoulli({ logits: tf.tensor2d(elbo.logits) }).logProb(tf.tensor2d(elbo.x));
      const logWeights = tf.expandDims(tf.sub(tf.add(logLikelihood, p.logProb(z)), q.logProb(z)), 0);
      const { bound, ess, loss } = iwaeLoss({ logWeights });
      expectClose(Array.from(bound.dataSync()), [elbo.sampled.elbo]);
      expectClose(Array.from(loss.dataSync()), [-elbo.sampled.elbo]);
      expectClose(Array.from(ess.dataSync()), [1]);
    });
  });

  test('rises with K from the ELBO towards log p(x), which it meets on a model where that is known', () => {
    // z ~ N(0, 1), x | z ~ N(z, 1): log p(x) = log N(x; 0, 2). The posterior is taken too wide on purpose.
    const x = 1.3;
    const exact = -0.5 * (x ** 2 / 2 + Math.log(4 * Math.PI));
    const bound = (samples: number) =>
      values(
        tf.tidy(() => {
          const runs = 4000;
          const q = new Normal({ mean: tf.fill([runs, 1], 0.2), logVar: tf.fill([runs, 1], 0.3) });
          const { value: z, logProb } = q.sampleWithLogProb({ rng: new Rng(samples), samples });
          const likelihood = new Normal({ mean: z, logVar: tf.scalar(0), eventRank: 1 });
          const logLikelihood = likelihood.logProb(tf.fill([runs, 1], x));
          const logPrior = new StandardNormal({ shape: [1] }).logProb(z);
          return iwaeLoss({ logWeights: tf.sub(tf.add(logLikelihood, logPrior), logProb) }).bound;
        }),
      )[0]!;
    const [one, five, many] = [bound(1), bound(5), bound(200)];
    expect(one).toBeLessThan(five - 0.1);
    expect(five).toBeLessThan(many);
    expect(Math.abs(many - exact)).toBeLessThan(0.01);
  });

  test('never lies below the mean of the log-weights nor above their maximum; a shift moves it alone', () => {
    const { logWeights } = cases.moderate;
    tf.tidy(() => {
      const w = tf.tensor2d(logWeights);
      const bound = Array.from(iwaeBound(w).dataSync());
      const [mean, max] = [tf.mean(w, 0), tf.max(w, 0)].map(t => Array.from(t.dataSync()));
      bound.forEach((v, b) => {
        expect(v).toBeGreaterThan(mean![b]!);
        expect(v).toBeLessThan(max![b]!);
      });
      expectClose(
        Array.from(iwaeBound(tf.add(w, 64)).dataSync()),
        bound.map(v => v + 64),
      );
      expectClose(
        Array.from(effectiveSampleSize(tf.add(w, 64)).dataSync()),
        Array.from(effectiveSampleSize(w).dataSync()),
      );
    });
  });

  test('a sample of weight 0 (−∞) costs log K alone', () => {
    const w = [[2], [-Infinity]];
    expectClose(values(tf.tidy(() => iwaeBound(tf.tensor2d(w)))), [2 - Math.LN2]);
    expectClose(values(tf.tidy(() => effectiveSampleSize(tf.tensor2d(w)))), [1]);
    const gradient = tf.tidy(() => tf.grad(t => iwaeLoss({ logWeights: t }).loss)(tf.tensor2d(w)));
    expectClose(values(gradient), [-1, 0]);
  });

  test('three scalars, which belong to the caller', () => {
    const w = tf.tensor2d(cases.moderate.logWeights);
    noLeak(() => {
      const before = tf.memory().numTensors;
      const result = iwaeLoss({ logWeights: w });
      expect(tf.memory().numTensors - before).toBe(3);
      for (const t of Object.values(result)) expect(t.shape).toEqual([]);
      for (const t of Object.values(result)) expect(Number.isFinite(values(t)[0])).toBe(true);
    });
    noLeak(() =>
      tf
        .grad(t => iwaeLoss({ logWeights: t }).loss)(w)
        .dispose(),
    );
    w.dispose();
  });

  test('refuses log-weights that are not [samples, batch], and weights that do not fit', () => {
    tf.tidy(() => {
      expect(() => iwaeLoss({ logWeights: tf.zeros([3]) })).toThrow('logWeights must be [samples, batch], got [3]');
      expect(() => iwaeBound(tf.zeros([2, 3, 1]))).toThrow(
        'iwaeBound: logWeights must be [samples, batch], got [2,3,1]',
      );
      expect(() => effectiveSampleSize(tf.scalar(0))).toThrow(
        'effectiveSampleSize: logWeights must be [samples, batch]',
      );
      expect(() => iwaeLoss({ logWeights: tf.zeros([3, 2]), weights: tf.ones([3]) })).toThrow(
        'weights must be one number per example, [2], got [3]',
      );
    });
  });
});
