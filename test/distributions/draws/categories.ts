import * as tf from '@tensorflow/tfjs';
import { Categorical } from '../../../src/distributions/categorical';
import { OneHotCategorical } from '../../../src/distributions/one-hot-categorical';
import type { DrawRow } from './row';

const WEIGHTS = [1, 2, 4, 0, 0.25, 0.002];
const TOTAL = WEIGHTS.reduce((a, b) => a + b);
const logits = (count: number) => tf.tile(tf.tensor2d([WEIGHTS.map(Math.log)]), [count, 1]);
const logMass = (k: number) => Math.log((WEIGHTS[k] ?? 0) / TOTAL);

export const categoryDraws: readonly DrawRow[] = [
  {
    name: 'Categorical',
    draw: (rng, count) => new Categorical({ logits: logits(count) }).sample({ rng }),
    logMass,
  },
  {
    name: 'OneHotCategorical',
    draw: (rng, count) => {
      const draws = new OneHotCategorical({ logits: logits(count) }).sample({ rng });
      return tf.sum(tf.mul(draws, tf.range(0, WEIGHTS.length)), -1);
    },
    logMass,
  },
];
