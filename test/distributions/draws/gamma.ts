import * as tf from '@tensorflow/tfjs';
import { drawLogGamma } from '../../../src/distributions/draw-gamma';
import { gammaCdf } from '../../support/special-functions';
import type { DrawRow } from './row';

/** The logarithm of a Gamma draw, from which Beta and negative binomial draw. */
export const gammaDraws: readonly DrawRow[] = [0.05, 0.5, 1, 5, 300].map(shape => ({
  name: `Gamma(${shape}, 1)`,
  draw: (rng, count) => drawLogGamma(tf.scalar(shape), [count], { rng }),
  cdf: x => gammaCdf(shape, Math.exp(x)),
}));
