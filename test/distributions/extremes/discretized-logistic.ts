import { DiscretizedLogistic } from '../../../src/distributions/discretized-logistic';
import golden from '../../golden/extremes/discretized-logistic.json';
import { type ExtremeRow, extremeRow } from './row';

const rowOf = (name: string, levels: number, grid: (typeof golden)['bytes']) =>
  extremeRow({
    name,
    golden: grid,
    logProb: (x, { mean, logScale }) =>
      new DiscretizedLogistic({ mean, logScale, levels, eventRank: 0 }).logProbElements(x),
  });

export const discretizedLogisticExtremes: readonly ExtremeRow[] = [
  rowOf('DiscretizedLogistic of 256 levels', 256, golden.bytes),
  // The rounding of μ alone is worth 1,097 of its units here.
  { ...rowOf('DiscretizedLogistic of 256 levels, log-scale −7', 256, golden.narrow), values: 5e-5 },
  rowOf('DiscretizedLogistic of 5 levels', 5, golden.five),
  rowOf('DiscretizedLogistic of 2 levels', 2, golden.binary),
];
