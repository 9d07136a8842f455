import { ContinuousBernoulli } from '../../../src/distributions/continuous-bernoulli';
import golden from '../../golden/distributions/continuous-bernoulli.json';
import { type Row, row } from '../row';
import { supports } from '../supports';
import { logProbOfElements } from '../twins';

export const continuousBernoulliRows: readonly Row[] = [
  row({
    name: 'ContinuousBernoulli',
    of: 'ContinuousBernoulli',
    golden: golden.continuousBernoulli,
    make: ({ logits }) => new ContinuousBernoulli({ logits }),
    event: [4],
    support: supports.unitInterval,
    logProb64: logProbOfElements((x, { logits: l }) => l! * x - (l ? Math.log(Math.expm1(l) / l) : 0)),
  }),
];
