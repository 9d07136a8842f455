import { Laplace } from '../../../src/distributions/laplace';
import golden from '../../golden/extremes/laplace.json';
import { type ExtremeRow, extremeRow } from './row';

export const laplaceExtremes: readonly ExtremeRow[] = [
  extremeRow({
    name: 'Laplace',
    golden: golden.laplace,
    logProb: (x, { loc, scale }) => new Laplace({ loc, scale, eventRank: 0 }).logProbElements(x),
  }),
];
