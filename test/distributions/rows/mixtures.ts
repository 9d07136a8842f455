import { EqualMixture } from '../../../src/distributions/equal-mixture';
import { Normal } from '../../../src/distributions/normal';
import { NormalMixture } from '../../../src/distributions/normal-mixture';
import equal from '../../golden/distributions/equal-mixture.json';
import weighted from '../../golden/distributions/normal-mixture.json';
import { type Row, row } from '../row';
import { supports } from '../supports';
import { type LogProb64, logProbOfExamples } from '../twins';

const SIZE = 2;

/** `log Σ_k e^logit_k N_k(x) / Σ_k e^logit_k`, as it is written in books. */
function logMixture(
  x: readonly number[],
  logits: readonly number[],
  mean: readonly number[],
  logVar: readonly number[],
): number {
  const terms = logits.map((logit, k) => {
    const log = x.map((v, d) => {
      const [m, lv] = [mean[k * SIZE + d]!, logVar[k * SIZE + d]!];
      return -0.5 * ((v - m) ** 2 * Math.exp(-lv) + lv + Math.log(2 * Math.PI));
    });
    return Math.exp(logit + log.reduce((a, b) => a + b));
  });
  const sum = (list: readonly number[]) => list.reduce((a, b) => a + b);
  return Math.log(sum(terms) / sum(logits.map(Math.exp)));
}

const shared = { event: [SIZE], support: supports.real };
const without = ['logProbElements', 'klElements', 'mode', 'entropy', 'mask'] as const;

export const normalMixtureRows: readonly Row[] = [
  row({
    ...shared,
    of: 'NormalMixture',
    name: 'NormalMixture',
    golden: weighted.normalMixture,
    make: ({ logits, mean, logVar }) => new NormalMixture({ logits, mean, logVar }),
    without,
    logProb64: logProbOfExamples((x, { logits, mean, logVar }) => logMixture(x, logits!, mean!, logVar!)),
  }),
];

/** Every value sees every component. */
const equal64: LogProb64 = (x, { mean, logVar }) => {
  const values = Array.from({ length: x.length / SIZE }, (_, i) => x.slice(i * SIZE, (i + 1) * SIZE));
  return values.reduce((sum, value) => sum + logMixture(value, [0, 0, 0], mean!, logVar!), 0);
};

export const equalMixtureRows: readonly Row[] = [
  row({
    ...shared,
    of: 'EqualMixture',
    name: 'EqualMixture of Normals',
    golden: equal.equalMixture,
    make: ({ mean, logVar }) => new EqualMixture({ components: new Normal({ mean, logVar }) }),
    without: [...without, 'variance'],
    logProb64: equal64,
  }),
];
