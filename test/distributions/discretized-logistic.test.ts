import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { Bernoulli } from '../../src/distributions/bernoulli';
import { DiscretizedLogistic } from '../../src/distributions/discretized-logistic';
import { DiscretizedLogisticMixture } from '../../src/distributions/discretized-logistic-mixture';
import { Rng } from '../../src/random/rng';
import { describeBackends, values } from '../support/backends';
import { expectClose } from '../support/expect-close';
import { levelMass64 } from './level-twins';

const run = (f: () => tf.Tensor) => values(tf.tidy(f));

/** The code of PixelCNN++, of one element: where a mass is below 1e-5, the density in the middle of the bin. */
function pixelCnnLogMass(x: tf.Tensor, mean: number, logScale: number): tf.Tensor {
  const centred = tf.sub(tf.sub(tf.mul(2, x), 1), mean);
  const inverse = Math.exp(-logScale);
  const plus = tf.mul(inverse, tf.add(centred, 1 / 255));
  const minus = tf.mul(inverse, tf.sub(centred, 1 / 255));
  const mass = tf.sub(tf.sigmoid(plus), tf.sigmoid(minus));
  const middle = tf.mul(inverse, centred);
  const density = tf.sub(tf.sub(middle, logScale), tf.mul(2, tf.softplus(middle)));
  return tf.where(tf.greater(mass, 1e-5), tf.log(tf.maximum(mass, 1e-12)), tf.sub(density, Math.log(127.5)));
}

describeBackends('DiscretizedLogistic', () => {
  test('of mean −1, log-scale −7 at level 2: the fallback of PixelCNN++ is 2.15 nats off', () => {
    const x = () => tf.tensor1d([2 / 255]);
    // σ(u) is e^u to 1e-11 here.
    const exact = -3 * (Math.exp(7) / 255) + Math.log1p(-Math.exp((-2 * Math.exp(7)) / 255));
    const ours = run(() =>
      new DiscretizedLogistic({ mean: tf.tensor1d([-1]), logScale: tf.scalar(-7), levels: 256 }).logProb(x()),
    );
    const fallback = run(() => pixelCnnLogMass(x(), -1, -7));
    expect(Math.abs(fallback[0]! - exact)).toBeGreaterThan(2.1);
    expectClose(ours, [exact], { tolerance: 5e-5 });
  });

  test.each([-7, -4, 0, 7])('masses of 256 levels add up to 1 at log-scale %d', logScale => {
    const means = [-1.5, -1, -0.333, 0, 0.7, 1, 20];
    const totals = run(() => {
      const mean = tf.tensor1d(means);
      const d = new DiscretizedLogistic({ mean, logScale: tf.scalar(logScale), levels: 256 });
      const x = tf.tile(tf.reshape(tf.div(tf.range(0, 256), 255), [256, 1]), [1, means.length]);
      return tf.sum(tf.exp(d.logProbElements(x)), 0);
    });
    expectClose(
      totals,
      means.map(() => 1),
    );
  });

  test('of two levels is the Bernoulli with the logit μ·e^−logScale', () => {
    const [mean, logScale, x] = [
      [-3, 0.2, 0.7, 1.5],
      [0, -2, 1, 0.5],
      [0, 1, 0, 1],
    ];
    const ours = run(() =>
      new DiscretizedLogistic({ mean: tf.tensor1d(mean!), logScale: tf.tensor1d(logScale!), levels: 2 }).logProb(
        tf.tensor1d(x!),
      ),
    );
    const logits = mean!.map((m, i) => m * Math.exp(-logScale![i]!));
    expectClose(
      ours,
      run(() => new Bernoulli({ logits: tf.tensor1d(logits) }).logProb(tf.tensor1d(x!))),
    );
  });

  test('its mean of many levels is right to half a level', () => {
    const exact = (mean: number, logScale: number) =>
      Array.from({ length: 256 }, (_, k) => (k / 255) * levelMass64(k / 255, mean, logScale, 256)).reduce(
        (a, b) => a + b,
      );
    const means = [-1.2, -0.5, 0.1, 0.99, 3];
    for (const logScale of [-7, -3, 0, 4]) {
      const got = run(() =>
        new DiscretizedLogistic({ mean: tf.tensor1d(means), logScale: tf.scalar(logScale), levels: 256 }).mean(),
      );
      got.forEach((v, i) => {
        expect(Math.abs(v - exact(means[i]!, logScale))).toBeLessThan(0.5 / 255);
      });
    }
  });

  test('far log-scales and means give no NaN', () => {
    const grid = [-200, -60, -7, 0, 7, 60, 200].flatMap(s => [-1e3, -1, 0, 1 / 255, 1e3].map(m => [m, s] as const));
    const [mean, logScale] = [0, 1].map(i => tf.tensor1d(grid.map(pair => pair[i]!))) as [tf.Tensor, tf.Tensor];
    for (const x of [0, 128 / 255, 1]) {
      const f = (m: tf.Tensor, s: tf.Tensor) =>
        new DiscretizedLogistic({ mean: m, logScale: s, levels: 256, eventRank: 0 }).logProb(tf.fill([grid.length], x));
      for (const v of run(() => f(mean, logScale))) expect(v).not.toBeNaN();
      for (const g of tf.grads(f)([mean, logScale])) for (const v of values(g)) expect(v).not.toBeNaN();
    }
    tf.dispose([mean, logScale]);
  });

  test('levels that are not a number of levels are refused', () => {
    tf.tidy(() => {
      const parameters = { mean: tf.zeros([1]), logScale: tf.scalar(0) };
      for (const levels of [1, 2.5, Number.NaN]) {
        expect(() => new DiscretizedLogistic({ ...parameters, levels })).toThrow('levels must be an integer above 1');
      }
    });
  });
});

describeBackends('DiscretizedLogisticMixture', () => {
  test('of coupled channels draws what it has the masses of', () => {
    const K = 2;
    const shape = [1, 1, 3, K];
    const noise = (name: string, spread: number) => tf.mul(spread, new Rng(4).fork(name).normal(shape));
    const d = new DiscretizedLogisticMixture({
      logits: tf.tensor3d([[[0, 1]]]),
      mean: noise('mean', 0.5),
      logScale: tf.sub(noise('scale', 0.3), 1),
      coefficients: noise('slope', 1),
      levels: 2,
    });
    const events = Array.from({ length: 8 }, (_, i) => [i >> 2, (i >> 1) & 1, i & 1]);
    const masses = run(() => tf.exp(d.logProb(tf.reshape(tf.tensor2d(events), [8, 1, 1, 3]))));
    const count = 20_000;
    const drawn = values(d.sample({ rng: new Rng(5), samples: count }));
    const seen = Array<number>(8).fill(0);
    for (let i = 0; i < drawn.length; i += 3) seen[4 * drawn[i]! + 2 * drawn[i + 1]! + drawn[i + 2]!]! += 1;
    masses.forEach((p, i) => {
      expect(Math.abs(seen[i]! / count - p)).toBeLessThan(5 * Math.sqrt((p * (1 - p)) / count));
    });
    d.dispose();
  });

  test('a pixel of which a mask hides a channel is left out', () => {
    const zeros = () => tf.zeros([1, 2, 3, 1]);
    const d = () =>
      new DiscretizedLogisticMixture({
        ...{ logits: tf.zeros([1, 2, 1]), mean: zeros(), logScale: zeros(), coefficients: zeros() },
        levels: 2,
      });
    const x = () => tf.tensor3d([[[1, 0, 1], [0, Number.NaN, 0]]]); // biome-ignore format: two pixels
    const mask = () => tf.tensor3d([[[1, 1, 1], [1, 0, 1]]]); // biome-ignore format: two pixels
    expectClose(
      run(() => d().logProb(x(), { mask: mask() })),
      [3 * Math.log(0.5)],
    );
  });

  test('parameters that do not belong together are refused', () => {
    tf.tidy(() => {
      const all = (logits: number[], mean: number[], coefficients?: number[]) => () =>
        new DiscretizedLogisticMixture({
          ...{ logits: tf.zeros(logits), mean: tf.zeros(mean), logScale: tf.zeros(mean), levels: 4 },
          ...(coefficients && { coefficients: tf.zeros(coefficients) }),
        });
      expect(all([2, 5], [2, 3, 5])).toThrow('logits must be [2,3,5] for a mean of [2,3,5], got [2,5]');
      expect(all([2, 3, 5], [2, 3, 5], [2, 3, 5])).toThrow('logits must be [2,5]');
      expect(all([2, 5], [2, 4, 5], [2, 4, 5])).toThrow('mean must be [batch, …, 3, components], got [2,4,5]');
      expect(all([2, 5], [2, 3, 5], [2, 3])).toThrow('coefficients must be [2,3,5]');
    });
  });
});
