import { StudentT } from '../../../src/distributions/student-t';
import golden from '../../golden/extremes/student-t.json';
import { type ExtremeRow, extremeRow } from './row';

/** ν from 0.05 to 1e7. */
export const studentTExtremes: readonly ExtremeRow[] = [
  extremeRow({
    name: 'StudentT',
    golden: golden.studentT,
    logProb: (x, params) => new StudentT({ ...params, eventRank: 0 }).logProbElements(x),
  }),
];
