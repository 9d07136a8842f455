import { NegativeBinomial } from '../../../src/distributions/negative-binomial';
import { ZeroInflatedNegativeBinomial } from '../../../src/distributions/zero-inflated-negative-binomial';
import golden from '../../golden/extremes/negative-binomial.json';
import { type ExtremeRow, extremeRow } from './row';

const values = { webgl: 3e-5, webgpu: 3e-5 };

export const negativeBinomialExtremes: readonly ExtremeRow[] = [
  extremeRow({
    name: 'NegativeBinomial',
    golden: golden.negativeBinomial,
    logProb: (x, params) => new NegativeBinomial({ ...params, eventRank: 0 }).logProbElements(x),
    values,
  }),
  extremeRow({
    name: 'ZeroInflatedNegativeBinomial',
    golden: golden.zeroInflated,
    logProb: (x, params) => new ZeroInflatedNegativeBinomial({ ...params, eventRank: 0 }).logProbElements(x),
    values,
  }),
];
