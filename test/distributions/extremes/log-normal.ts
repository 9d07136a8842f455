import { LogNormal } from '../../../src/distributions/log-normal';
import golden from '../../golden/extremes/log-normal.json';
import { type ExtremeRow, extremeRow } from './row';

/** x from 1e-30 to 1e6. */
export const logNormalExtremes: readonly ExtremeRow[] = [
  extremeRow({
    name: 'LogNormal',
    golden: golden.logNormal,
    logProb: (x, params) => new LogNormal({ ...params, eventRank: 0 }).logProbElements(x),
  }),
];
