import { Logistic } from '../../../src/distributions/logistic';
import golden from '../../golden/extremes/logistic.json';
import { type ExtremeRow, extremeRow } from './row';

export const logisticExtremes: readonly ExtremeRow[] = [
  extremeRow({
    name: 'Logistic',
    golden: golden.logistic,
    logProb: (x, { loc, scale }) => new Logistic({ loc, scale, eventRank: 0 }).logProbElements(x),
  }),
];
