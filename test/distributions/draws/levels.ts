import * as tf from '@tensorflow/tfjs';
import { DiscretizedLogistic } from '../../../src/distributions/discretized-logistic';
import { DiscretizedLogisticMixture } from '../../../src/distributions/discretized-logistic-mixture';
import { levelMass64 } from '../level-twins';
import type { DrawRow } from './row';

const LEVELS = 16;
const indices = (x: tf.Tensor) => tf.round(tf.mul(x, LEVELS - 1));
const massOf = (mean: number, logScale: number) => (k: number) =>
  k < LEVELS ? levelMass64(k / (LEVELS - 1), mean, logScale, LEVELS) : 0;
const [low, high] = [massOf(-0.7, -1), massOf(0.3, -3)];

export const levelDraws: readonly DrawRow[] = [
  {
    name: 'DiscretizedLogistic',
    draw: (rng, count) =>
      indices(
        new DiscretizedLogistic({ mean: tf.fill([count], -0.7), logScale: tf.scalar(-1), levels: LEVELS }).sample({
          rng,
        }),
      ),
    logMass: k => Math.log(low(k)),
  },
  {
    name: 'DiscretizedLogisticMixture',
    draw: (rng, count) => {
      const each = (a: number, b: number) => tf.tile(tf.tensor2d([[a, b]]), [count, 1]);
      const parameters = { logits: each(0, Math.log(3)), mean: each(-0.7, 0.3), logScale: each(-1, -3) };
      return indices(new DiscretizedLogisticMixture({ ...parameters, levels: LEVELS }).sample({ rng }));
    },
    logMass: k => Math.log(0.25 * low(k) + 0.75 * high(k)),
  },
];
