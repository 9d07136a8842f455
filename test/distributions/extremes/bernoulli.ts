import { Bernoulli } from '../../../src/distributions/bernoulli';
import golden from '../../golden/extremes/bernoulli.json';
import { type ExtremeRow, extremeRow } from './row';

export const bernoulliExtremes: readonly ExtremeRow[] = [
  extremeRow({
    name: 'Bernoulli',
    golden: golden.bernoulli,
    logProb: (x, { logits }) => new Bernoulli({ logits, eventRank: 0 }).logProbElements(x),
  }),
];
