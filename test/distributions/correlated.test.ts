import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { LowRankNormal } from '../../src/distributions/low-rank-normal';
import { lowRankDistance } from '../../src/distributions/low-rank-terms';
import { MultivariateNormal } from '../../src/distributions/multivariate-normal';
import { Normal } from '../../src/distributions/normal';
import { cholesky, substitute } from '../../src/ops/triangular';
import { Rng } from '../../src/random/rng';
import { describeBackends, noLeak, values } from '../support/backends';
import { expectClose } from '../support/expect-close';

describeBackends('triangular matrices', () => {
  test('a Cholesky factor and its substitutions, forward and backward', () => {
    noLeak(() =>
      tf.tidy(() => {
        const lower = tf.tensor3d([
          [
            [2, 0, 0],
            [1, 4, 0],
            [-3, 0.5, 0.25],
          ],
        ]);
        const found = cholesky(tf.matMul(lower, lower, false, true));
        expectClose(values(found), Array.from(lower.dataSync()), { tolerance: 1e-6 });
        const x = tf.tensor3d([[[1, -2, 3]], [[0, 5, 0.5]]]);
        const times = (transposed: boolean) =>
          tf.reshape(tf.matMul(tf.reshape(x, [2, 3]), tf.squeeze(lower, [0]), false, !transposed), [2, 1, 3]);
        for (const transposed of [false, true]) {
          const solved = substitute(lower, times(transposed), transposed);
          expectClose(values(solved), Array.from(x.dataSync()), { tolerance: 1e-6 });
        }
      }),
    );
  });

  test('the sum of squares of a low rank keeps its digits where the difference of Woodbury loses them', () => {
    // One direction that explains all but a thousandth of r.
    const [size, length] = [4, 300];
    const v = tf.fill([1, size, 1], length);
    const r = tf.tensor2d([[1000, 1000, 1000, 1000.0625]]);
    const exact = (() => {
      const x = [1000, 1000, 1000, 1000.0625];
      const [mean, n] = [x.reduce((a, b) => a + b) / size, size * length ** 2];
      const spread = x.reduce((a, b) => a + (b - mean) ** 2, 0);
      return spread + (size * mean ** 2) / (1 + n);
    })();
    expectClose(values(tf.tidy(() => lowRankDistance(r, v))), [exact], { tolerance: 1e-4 });
    const difference = tf.tidy(() => {
      const along = tf.sum(tf.mul(r, length));
      return tf.sub(tf.sum(tf.square(r)), tf.div(tf.square(along), 1 + size * length ** 2));
    });
    expect(Math.abs(values(difference)[0]! - exact)).toBeGreaterThan(0.1);
    tf.dispose([v, r]);
  });
});

describe('correlated Gaussians', () => {
  beforeAll(async () => void (await tf.setBackend('cpu')));

  test('take what lies above the diagonal for 0, in draws, densities and gradients', () => {
    tf.tidy(() => {
      const mean = tf.zeros([1, 2]);
      const [dirty, clean] = [7, 0].map(above =>
        tf.tensor3d([
          [
            [1, above],
            [0.5, 2],
          ],
        ]),
      );
      const [a, b] = [dirty, clean].map(scaleTril => new MultivariateNormal({ mean, scaleTril: scaleTril! }));
      const x = tf.tensor2d([[0.3, -1]]);
      for (const f of [
        (d: MultivariateNormal) => d.sample({ rng: new Rng(1) }),
        (d: MultivariateNormal) => d.logProb(x),
        (d: MultivariateNormal) => d.variance(),
        (d: MultivariateNormal) => d.kl(new Normal({ mean, scale: tf.scalar(1) })),
      ]) {
        expect(values(f(a!))).toEqual(values(f(b!)));
      }
      const slope = tf.grad((scaleTril: tf.Tensor) =>
        tf.sum(new MultivariateNormal({ mean, scaleTril }).sample({ rng: new Rng(1) })),
      )(dirty!);
      expect(Math.abs(values(slope)[1]!)).toBe(0);
    });
  });

  test('with nothing below the diagonal, or no shared direction, are those of independent elements', () => {
    tf.tidy(() => {
      const [mean, scale] = [tf.tensor2d([[1, -2, 0.5]]), tf.tensor2d([[0.5, 2, 1]])];
      const independent = new Normal({ mean, scale });
      const x = tf.tensor2d([[0, 1, 2]]);
      const scaleTril = tf.mul(tf.expandDims(scale, -1), tf.eye(3));
      for (const d of [
        new MultivariateNormal({ mean, scaleTril }),
        new LowRankNormal({ mean, scale, factor: tf.zeros([1, 3, 2]) }),
      ]) {
        expectClose(values(d.logProb(x)), values(independent.logProb(x)));
        expectClose(values(d.entropy()), values(independent.entropy()));
        expectClose(values(d.variance()), values(independent.variance()));
      }
    });
  });

  test('refuse by name what does not fit', () => {
    const refused = (make: () => unknown, message: string) =>
      tf.tidy(() => {
        expect(make).toThrow(message);
      });
    const mean = () => tf.zeros([2, 3]);
    refused(
      () => new MultivariateNormal({ mean: mean(), scaleTril: tf.ones([3, 3]) }),
      'scaleTril [batch, size, size], got [2,3] and [3,3]',
    );
    refused(
      () => new LowRankNormal({ mean: mean(), scale: tf.ones([3]), factor: tf.ones([2, 3, 1]) }),
      'factor [batch, size, rank], got [2,3], [3] and [2,3,1]',
    );
    const covariance = { mean: mean(), covarianceMatrix: tf.ones([2, 3, 3]) };
    refused(() => new MultivariateNormal(covariance as never), 'write scaleTril, its Cholesky factor');
    const full = () => new MultivariateNormal({ mean: mean(), scaleTril: tf.ones([2, 3, 3]) });
    refused(() => full().logProb(mean(), { mask: mean() }), 'a mask needs independent elements');
    refused(() => full().logProb(tf.zeros([2, 4])), 'MultivariateNormal.logProb: x must fit [2,3]');
    refused(
      () => full().kl(new Normal({ mean: tf.zeros([2, 4]), scale: tf.scalar(1) })),
      'MultivariateNormal.kl: the mean must fit',
    );
  });
});
