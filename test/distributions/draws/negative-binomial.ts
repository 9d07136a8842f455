import * as tf from '@tensorflow/tfjs';
import { NegativeBinomial } from '../../../src/distributions/negative-binomial';
import { ZeroInflatedNegativeBinomial } from '../../../src/distributions/zero-inflated-negative-binomial';
import { lgamma64 } from '../../support/special-functions';
import type { DrawRow } from './row';

const cases = [
  { mean: 0.5, size: 0.1 },
  { mean: 7, size: 2 },
  { mean: 30, size: 1 },
  { mean: 1000, size: 50 },
];

const logMass = (k: number, mean: number, size: number) =>
  lgamma64(k + size) -
  lgamma64(size) -
  lgamma64(k + 1) +
  size * Math.log(size / (size + mean)) +
  k * Math.log(mean / (size + mean));

export const negativeBinomialDraws: readonly DrawRow[] = [
  ...cases.map(({ mean, size }) => ({
    name: `NegativeBinomial of mean ${mean}, dispersion ${size}`,
    draw: (...[rng, count]: Parameters<DrawRow['draw']>) => {
      const logMean = tf.fill([count], Math.log(mean));
      return new NegativeBinomial({ logMean, logDispersion: tf.scalar(Math.log(size)) }).sample({ rng });
    },
    logMass: (k: number) => logMass(k, mean, size),
  })),
  {
    name: 'ZeroInflatedNegativeBinomial',
    draw: (rng, count) => {
      const logMean = tf.fill([count], Math.log(4));
      const rest = { logDispersion: tf.scalar(Math.log(2)), zeroLogits: tf.scalar(Math.log(0.25 / 0.75)) };
      return new ZeroInflatedNegativeBinomial({ logMean, ...rest }).sample({ rng });
    },
    logMass: k => Math.log((k === 0 ? 0.25 : 0) + 0.75 * Math.exp(logMass(k, 4, 2))),
  },
];
