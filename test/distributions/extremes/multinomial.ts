import * as tf from '@tensorflow/tfjs';
import { Multinomial } from '../../../src/distributions/multinomial';
import golden from '../../golden/extremes/multinomial.json';
import { type ExtremeRow, extremeRow } from './row';

/** Two categories of the logits l and 0. */
const rowOf = (grid: typeof golden.few) =>
  extremeRow({
    name: `Multinomial of ${grid.total} counts`,
    golden: grid,
    logProb: (x, { logit }) => {
      const logits = tf.stack([logit, tf.zerosLike(logit)], -1);
      return new Multinomial({ logits }).logProb(tf.stack([x, tf.sub(grid.total, x)], -1));
    },
  });

export const multinomialExtremes: readonly ExtremeRow[] = [golden.few, golden.some, golden.many].map(rowOf);
