import { Poisson } from '../../../src/distributions/poisson';
import golden from '../../golden/extremes/poisson.json';
import { type ExtremeRow, extremeRow } from './row';

export const poissonExtremes: readonly ExtremeRow[] = [
  extremeRow({
    name: 'Poisson',
    golden: golden.poisson,
    logProb: (x, { logRate }) => new Poisson({ logRate, eventRank: 0 }).logProbElements(x),
  }),
  extremeRow({
    name: 'Poisson of means from 1e5 to 1e7',
    golden: golden.large,
    logProb: (x, { logRate }) => new Poisson({ logRate, eventRank: 0 }).logProbElements(x),
    values: 1e-4, // the rounding of exp
  }),
];
