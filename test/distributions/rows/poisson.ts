import { Poisson } from '../../../src/distributions/poisson';
import golden from '../../golden/distributions/poisson.json';
import { lgamma64 } from '../../support/special-functions';
import { klRow, type Nested, type Row, row } from '../row';
import { supports } from '../supports';
import { klOfElements, logProbOfElements } from '../twins';

const make = ({ logRate }: { logRate: ConstructorParameters<typeof Poisson>[0]['logRate'] }) =>
  new Poisson({ logRate });

const shared = {
  of: 'Poisson',
  make,
  support: supports.counts,
  without: ['entropy'] as const,
  logProb64: logProbOfElements((x, { logRate }) => x * logRate! - Math.exp(logRate!) - lgamma64(x + 1)),
};

const toPoisson = (kl: { params: { logRate: Nested }; y: Nested }) =>
  klRow({
    name: 'Poisson',
    golden: kl,
    make,
    kl64: klOfElements(({ logRate: q }, { logRate: p }) => Math.exp(q!) * (q! - p! - 1) + Math.exp(p!)),
  });

export const poissonRows: readonly Row[] = [
  row({
    ...shared,
    name: 'Poisson',
    golden: golden.small,
    event: [4],
    kl: [toPoisson(golden.small.kl.poisson)],
  }),
  row({
    ...shared,
    name: 'Poisson over matrices, large rates',
    golden: golden.large,
    event: [2, 3],
    kl: [toPoisson(golden.large.kl.poisson)],
  }),
];
