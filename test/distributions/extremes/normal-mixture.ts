import * as tf from '@tensorflow/tfjs';
import { NormalMixture } from '../../../src/distributions/normal-mixture';
import golden from '../../golden/extremes/normal-mixture.json';
import { type ExtremeRow, extremeRow } from './row';

/** A component beside a fixed one, N(1, e^0.5), in one dimension: `[points, 2, …]`. */
const beside = (own: tf.Tensor, other: number) => tf.stack([own, tf.fill(own.shape, other)], 1);

export const normalMixtureExtremes: readonly ExtremeRow[] = [
  extremeRow({
    name: 'NormalMixture',
    golden: golden.normalMixture,
    logProb: (x, { logit, mean, logVar }) => {
      const [means, logVars] = [tf.expandDims(beside(mean, 1), -1), tf.expandDims(beside(logVar, 0.5), -1)];
      const p = new NormalMixture({ logits: beside(logit, 0), mean: means, logVar: logVars });
      return p.logProb(tf.expandDims(x, -1));
    },
  }),
];
