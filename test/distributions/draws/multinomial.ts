import * as tf from '@tensorflow/tfjs';
import { Multinomial } from '../../../src/distributions/multinomial';
import { lgamma64 } from '../../support/special-functions';
import type { DrawRow } from './row';

/** The last category, which is a binomial: by search, by search on the other side, by rejection, and in a second step. */
export const multinomialDraws: readonly DrawRow[] = [
  { total: 30, shares: [0.8, 0.2] },
  { total: 400, shares: [0.02, 0.98] },
  { total: 1000, shares: [0.6, 0.4] },
  { total: 50, shares: [0.2, 0.5, 0.3] },
].map(({ total, shares }) => {
  const share = shares.at(-1)!;
  return {
    name: `Multinomial of ${total}, shares ${shares}`,
    draw: (...[rng, count]: Parameters<DrawRow['draw']>) => {
      const logits = tf.tile(tf.expandDims(tf.log(tf.tensor1d(shares))), [count, 1]);
      const draws = new Multinomial({ logits, total: tf.scalar(total) }).sample({ rng });
      return tf.squeeze(tf.slice(draws, [0, shares.length - 1], [count, 1]), [1]);
    },
    logMass: (k: number) => {
      if (k > total) return -Infinity;
      const order = lgamma64(total + 1) - lgamma64(k + 1) - lgamma64(total - k + 1);
      return order + k * Math.log(share) + (total - k) * Math.log(1 - share);
    },
  };
});
