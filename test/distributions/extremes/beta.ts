import { Beta } from '../../../src/distributions/beta';
import golden from '../../golden/extremes/beta.json';
import { type ExtremeRow, extremeRow } from './row';

/** α and β from 1e-3 to 1e5, x from 1e-20 to 1 − 2⁻²⁴. */
export const betaExtremes: readonly ExtremeRow[] = [
  extremeRow({
    name: 'Beta',
    golden: golden.beta,
    logProb: (x, params) => new Beta({ ...params, eventRank: 0 }).logProbElements(x),
  }),
];
