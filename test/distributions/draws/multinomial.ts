import * as tf from '@tensorflow/tfjs';
import { Multinomial } from '../../../src/distributions/multinomial';
import { lgamma64 } from '../../support/special-functions';
import type { DrawRow } from './row';

const shares = [0.5, 0.02, 0.2, 0.15, 0.1, 0.03];

/** One category of several: a binomial. */
export const multinomialDraws: readonly DrawRow[] = [
  { total: 30, category: 2 },
  { total: 400, category: 5 },
  { total: 1000, category: 0 },
].map(({ total, category }) => ({
  name: `Multinomial of ${total}, a category of ${shares[category]}`,
  draw: (rng, count) => {
    const logits = tf.tile(tf.expandDims(tf.log(tf.tensor1d(shares))), [count, 1]);
    const draws = new Multinomial({ logits, total: tf.scalar(total) }).sample({ rng });
    return tf.squeeze(tf.slice(draws, [0, category], [count, 1]), [1]);
  },
  logMass: k => {
    if (k > total) return -Infinity;
    const order = lgamma64(total + 1) - lgamma64(k + 1) - lgamma64(total - k + 1);
    return order + k * Math.log(shares[category]!) + (total - k) * Math.log(1 - shares[category]!);
  },
}));
