import { Beta } from '../../../src/distributions/beta';
import golden from '../../golden/distributions/beta.json';
import { lgamma64 } from '../../support/special-functions';
import { type Row, row } from '../row';
import { supports } from '../supports';
import { logProbOfElements } from '../twins';

const shared = {
  of: 'Beta',
  make: ({ alpha, beta }: ConstructorParameters<typeof Beta>[0]) => new Beta({ alpha, beta }),
  event: [2],
  support: supports.unitOpen,
  logProb64: logProbOfElements((x, { alpha: a, beta: b }) => {
    const level = lgamma64(a! + b!) - lgamma64(a!) - lgamma64(b!);
    return level + (a! - 1) * Math.log(x) + (b! - 1) * Math.log1p(-x);
  }),
};

export const betaRows: readonly Row[] = [
  row({ ...shared, name: 'Beta', golden: golden.beta }),
  row({ ...shared, name: 'Beta, one β for all', golden: golden.scalarBeta }),
];
