import { Multinomial } from '../../../src/distributions/multinomial';
import golden from '../../golden/distributions/multinomial.json';
import { lgamma64 } from '../../support/special-functions';
import { type Row, row } from '../row';
import { supports } from '../supports';
import { logProbOfExamples } from '../twins';

const upTo6 = Array.from({ length: 7 }, (_, k) => k);

export const multinomialRows: readonly Row[] = [
  row({
    name: 'Multinomial',
    of: 'Multinomial',
    make: params => new Multinomial(params),
    golden: golden.multinomial,
    event: [4],
    support: { ...supports.counts, points: () => ({ points: upTo6, weights: upTo6.map(() => 1) }) },
    without: ['logProbElements', 'klElements', 'mode', 'entropy'],
    logProb64: logProbOfExamples((x, { logits }) => {
      const weights = logits!.map(Math.exp);
      const all = weights.reduce((a, b) => a + b);
      const terms = x.map((k, i) => k * Math.log(weights[i]! / all) - lgamma64(k + 1));
      return terms.reduce((a, b) => a + b) + lgamma64(x.reduce((a, b) => a + b) + 1);
    }),
  }),
];
