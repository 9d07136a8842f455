import { ContinuousBernoulli } from '../../../src/distributions/continuous-bernoulli';
import golden from '../../golden/extremes/continuous-bernoulli.json';
import { type ExtremeRow, extremeRow } from './row';

/** Logits to ±200. */
export const continuousBernoulliExtremes: readonly ExtremeRow[] = [
  extremeRow({
    name: 'ContinuousBernoulli',
    golden: golden.continuousBernoulli,
    logProb: (x, { logits }) => new ContinuousBernoulli({ logits, eventRank: 0 }).logProbElements(x),
  }),
];
