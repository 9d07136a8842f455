import * as tf from '@tensorflow/tfjs';
import { LowRankNormal } from '../../../src/distributions/low-rank-normal';
import { MultivariateNormal } from '../../../src/distributions/multivariate-normal';
import { normalCdf } from '../../support/statistics';
import type { DrawRow } from './row';

/** A correlated draw along one direction, `Σ a_i·z_i`, which is Gaussian with the variance `aᵀΣa`. */
const along = (direction: readonly number[], z: tf.Tensor) =>
  tf.reshape(tf.sum(tf.mul(z, direction as number[]), -1), [-1]);

export const correlatedDraws: readonly DrawRow[] = [
  {
    name: 'MultivariateNormal along [1, −1, 2]',
    draw: (rng, count) => {
      const scaleTril = tf.tensor3d([
        [
          [1, 0, 0],
          [0.9, 0.4, 0],
          [-2, 1, 0.5],
        ],
      ]);
      const q = new MultivariateNormal({ mean: tf.tensor2d([[1, 0, -1]]), scaleTril });
      return along([1, -1, 2], q.sample({ rng, samples: count }));
    },
    // Lᵀa = [−3.9, 1.6, 1], mean −1.
    cdf: x => normalCdf((x + 1) / Math.hypot(-3.9, 1.6, 1)),
  },
  {
    name: 'LowRankNormal along [1, −1, 2]',
    draw: (rng, count) => {
      const factor = tf.tensor3d([
        [
          [1, 0.5],
          [-1, 0.25],
          [2, -1],
        ],
      ]);
      const scale = tf.tensor2d([[1, 0.5, 0.25]]);
      const q = new LowRankNormal({ mean: tf.tensor2d([[1, 0, -1]]), scale, factor });
      return along([1, -1, 2], q.sample({ rng, samples: count }));
    },
    // Uᵀa = [6, −1.75], σ∘a = [1, −0.5, 0.5], mean −1.
    cdf: x => normalCdf((x + 1) / Math.hypot(6, -1.75, 1, -0.5, 0.5)),
  },
];
