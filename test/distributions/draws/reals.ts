import * as tf from '@tensorflow/tfjs';
import { Laplace } from '../../../src/distributions/laplace';
import { Logistic } from '../../../src/distributions/logistic';
import type { DrawRow } from './row';

const [LOC, SCALE] = [1.5, 0.25];
const parameters = (count: number) => ({ loc: tf.fill([count], LOC), scale: tf.scalar(SCALE) });
const signed = (x: number) => (x - LOC) / SCALE;

export const realDraws: readonly DrawRow[] = [
  {
    name: 'Laplace',
    draw: (rng, count) => new Laplace(parameters(count)).sample({ rng }),
    cdf: x => (x < LOC ? 0.5 * Math.exp(signed(x)) : 1 - 0.5 * Math.exp(-signed(x))),
  },
  {
    name: 'Logistic',
    draw: (rng, count) => new Logistic(parameters(count)).sample({ rng }),
    cdf: x => 1 / (1 + Math.exp(-signed(x))),
  },
];
