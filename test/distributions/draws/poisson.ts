import * as tf from '@tensorflow/tfjs';
import { Poisson } from '../../../src/distributions/poisson';
import { lgamma64 } from '../../support/special-functions';
import type { DrawRow } from './row';

export const poissonDraws: readonly DrawRow[] = [0.01, 0.3, 3, 9.9, 10, 40, 1000].map(rate => ({
  name: `Poisson of rate ${rate}`,
  draw: (rng, count) => new Poisson({ logRate: tf.fill([count], Math.log(rate)) }).sample({ rng }),
  logMass: k => k * Math.log(rate) - rate - lgamma64(k + 1),
}));
