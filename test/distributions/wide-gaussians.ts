import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { LowRankNormal } from '../../src/distributions/low-rank-normal';
import { MultivariateNormal } from '../../src/distributions/multivariate-normal';
import { Normal } from '../../src/distributions/normal';
import { StandardNormal } from '../../src/distributions/standard-normal';
import lowRank from '../golden/extremes/low-rank-normal.json';
import full from '../golden/extremes/multivariate-normal.json';
import { expectClose } from '../support/expect-close';
import { values } from '../support/expect-values';

const SIZE = 64;

/** The numbers of scripts/golden/distributions/multivariate_normal.py, all of which float32 holds. */
const entry = (i: number, seed: number) => (((i * 7919 + seed * 104729) % 2001) - 1000) / 1024;
const power = (i: number, seed: number, most: number) => 2 ** (((i * 7 + seed) % (2 * most + 1)) - most);

const vector = (f: (i: number) => number) =>
  tf.tensor2d(
    Array.from({ length: SIZE }, (_, i) => f(i)),
    [1, SIZE],
  );
const matrix = (columns: number, f: (i: number, j: number) => number) =>
  tf.tensor3d(
    Array.from({ length: SIZE * columns }, (_, i) => f(Math.floor(i / columns), i % columns)),
    [1, SIZE, columns],
  );

const mean = () => vector(i => 2 * entry(i, 1));
const x = () => vector(i => entry(i, 5));
const prior = () => new Normal({ mean: vector(i => entry(i, 6)), scale: vector(i => power(i, 4, 3)) });
const standard = () => new StandardNormal({ shape: [SIZE] });

/** Values of tensors that a function makes, and their gradients by `by`. */
async function read(make: () => tf.Tensor[]): Promise<number[][]> {
  return Promise.all(tf.tidy(make).map(values));
}

/** Set VITE_REPORT=1 to print the largest errors, for the table in docs/catalogue.md. */
const reports = Boolean((import.meta as { env?: Record<string, string> }).env?.['VITE_REPORT']);

function held(name: string, actual: number[], expected: readonly number[], closeness = { tolerance: 1e-5, floor: 1 }) {
  const errors = actual.map((v, i) => Math.abs(v - expected[i]!) / Math.max(closeness.floor, Math.abs(expected[i]!)));
  // biome-ignore lint/suspicious/noConsole: a report that was asked for.
  if (reports) console.info(`wide ${tf.getBackend()} ${name}: ${Math.max(...errors).toExponential(1)}`);
  expectClose(actual, expected, closeness);
}

const tolerance = () => (tf.getBackend().startsWith('webg') ? 1e-3 : 1e-4);

/** Gaussians in 64 dimensions against values of 50 digits, on the active backend. */
export function checkWideGaussians(): void {
  test.each(Object.entries(full).filter(([, golden]) => typeof golden === 'object'))(
    'full covariance, %s',
    async (name, given) => {
      const golden = given as (typeof full)['narrow'];
      const { spread, most } = golden;
      const lower = () =>
        matrix(SIZE, (i, j) => (i === j ? power(i, 3, most) : j < i ? spread * entry(i * SIZE + j, 2) : 7));
      const [toStandard, toNormal, byMean, byLower, logProb, byX] = await read(() => {
        const q = new MultivariateNormal({ mean: mean(), scaleTril: lower() });
        const [m, l] = tf.grads((a: tf.Tensor, b: tf.Tensor) =>
          tf.sum(new MultivariateNormal({ mean: a, scaleTril: b }).kl(prior())),
        )([mean(), lower()]);
        const slope = tf.grad((v: tf.Tensor) => tf.sum(q.logProb(v)))(x());
        return [q.kl(standard()), q.kl(prior()), m!, l!, q.logProb(x()), slope];
      });
      held(`full ${name} toStandard`, toStandard!, [golden.standard]);
      held(`full ${name} toNormal`, toNormal!, [golden.normal]);
      held(`full ${name} byMean`, byMean!, golden.byMean, { tolerance: tolerance(), floor: 1 });
      held(
        `full ${name} byLower`,
        byLower!.filter((__, i) => i % (SIZE + 1) === 0),
        golden.byDiagonal,
        { tolerance: tolerance(), floor: 1 },
      );
      // What lies above the diagonal is taken for 0, whatever it holds.
      for (let i = 0; i < SIZE; i++)
        expect(byLower!.slice(i * SIZE + i + 1, (i + 1) * SIZE).every(v => v === 0)).toBe(true);
      if (golden.logProb === undefined) return;
      held(`full ${name} logProb`, logProb!, [golden.logProb]);
      held(`full ${name} byX`, byX!, golden.byX, { tolerance: tolerance(), floor: 1 });
    },
  );

  test.each(Object.entries(lowRank).filter(([, golden]) => typeof golden === 'object'))(
    'low rank, %s',
    async (name, given) => {
      const golden = given as (typeof lowRank)['one'];
      const { rank, spread, most } = golden;
      const make = (scale: tf.Tensor, factor: tf.Tensor) => new LowRankNormal({ mean: mean(), scale, factor });
      const scale = () => vector(i => power(i, 3, most));
      const factor = () => matrix(rank, (i, k) => spread * entry(i * rank + k, 2));
      const last = (gradient: readonly number[]) => gradient.filter((__, i) => i % rank === rank - 1);
      const [toStandard, toNormal, byScale, byFactor, logProb, byX, logProbByScale, logProbByFactor] = await read(
        () => {
          const q = make(scale(), factor());
          const ofKl = tf.grads((s: tf.Tensor, u: tf.Tensor) => tf.sum(make(s, u).kl(prior())))([scale(), factor()]);
          const ofDensity = tf.grads((s: tf.Tensor, u: tf.Tensor) => tf.sum(make(s, u).logProb(x())))([
            scale(),
            factor(),
          ]);
          const slope = tf.grad((v: tf.Tensor) => tf.sum(q.logProb(v)))(x());
          return [q.kl(standard()), q.kl(prior()), ...ofKl, q.logProb(x()), slope, ...ofDensity];
        },
      );
      held(`rank ${name} toStandard`, toStandard!, [golden.standard]);
      held(`rank ${name} toNormal`, toNormal!, [golden.normal]);
      held(`rank ${name} byScale`, byScale!, golden.byScale, { tolerance: tolerance(), floor: 1 });
      held(`rank ${name} byFactor`, last(byFactor!), golden.byFactor, { tolerance: tolerance(), floor: 1 });
      held(`rank ${name} logProb`, logProb!, [golden.logProb]);
      // Differences of numbers of the size of (x − μ)/σ².
      const closeness = { tolerance: tolerance(), floor: 4 ** most };
      held(`rank ${name} byX`, byX!, golden.byX, closeness);
      held(`rank ${name} logProbByScale`, logProbByScale!, golden.logProbByScale, closeness);
      held(`rank ${name} logProbByFactor`, last(logProbByFactor!), golden.logProbByFactor, closeness);
    },
  );
}
