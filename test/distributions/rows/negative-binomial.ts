import { NegativeBinomial } from '../../../src/distributions/negative-binomial';
import { ZeroInflatedNegativeBinomial } from '../../../src/distributions/zero-inflated-negative-binomial';
import golden from '../../golden/distributions/negative-binomial.json';
import { lgamma64 } from '../../support/special-functions';
import { type Row, row } from '../row';
import { supports } from '../supports';
import { logProbOfElements } from '../twins';

/** The textbook form: in float64 and for r of a moderate size it has enough digits. */
const logProb64 = (x: number, logMean: number, logDispersion: number) => {
  const [m, r] = [Math.exp(logMean), Math.exp(logDispersion)];
  const order = lgamma64(x + r) - lgamma64(r) - lgamma64(x + 1);
  return order + r * Math.log(r / (r + m)) + x * Math.log(m / (r + m));
};

const shared = {
  of: 'NegativeBinomial',
  make: (params: ConstructorParameters<typeof NegativeBinomial>[0]) => new NegativeBinomial(params),
  support: supports.counts,
  without: ['entropy'] as const,
  logProb64: logProbOfElements((x, { logMean, logDispersion }) => logProb64(x, logMean!, logDispersion!)),
};

export const negativeBinomialRows: readonly Row[] = [
  row({ ...shared, name: 'NegativeBinomial', golden: golden.perElement, event: [4] }),
  row({ ...shared, name: 'NegativeBinomial, a dispersion for each column', golden: golden.perColumn, event: [4] }),
  row({ ...shared, name: 'NegativeBinomial over matrices, one dispersion', golden: golden.scalar, event: [2, 3] }),
  row({
    name: 'ZeroInflatedNegativeBinomial',
    of: 'ZeroInflatedNegativeBinomial',
    make: params => new ZeroInflatedNegativeBinomial(params),
    golden: golden.inflated,
    event: [4],
    support: supports.counts,
    without: ['mode', 'entropy'],
    logProb64: logProbOfElements((x, { logMean, logDispersion, zeroLogits }) => {
      const share = 1 / (1 + Math.exp(-zeroLogits!));
      const counted = (1 - share) * Math.exp(logProb64(x, logMean!, logDispersion!));
      return Math.log(x === 0 ? share + counted : counted);
    }),
  }),
];
