import { LowRankNormal } from '../../../src/distributions/low-rank-normal';
import { MultivariateNormal } from '../../../src/distributions/multivariate-normal';
import { Normal } from '../../../src/distributions/normal';
import { StandardNormal } from '../../../src/distributions/standard-normal';
import lowRank from '../../golden/distributions/low-rank-normal.json';
import full from '../../golden/distributions/multivariate-normal.json';
import { plane64, planeKl64 } from '../correlated-twins';
import { klRow, type Nested, type Optional, type Params, type Row, row } from '../row';
import { supports } from '../supports';

const shared = {
  event: [2],
  support: supports.real,
  without: ['logProbElements', 'klElements', 'mask'] satisfies Optional[],
  logProb64: plane64,
};

type Kl<P> = { params: P; y: Nested };

const toNormals = (kl: {
  standard: { y: Nested };
  logVar?: Kl<{ mean: Nested; logVar: Nested }>;
  scale?: Kl<{ mean: Nested; scale: Nested }>;
}) => [
  klRow({
    name: 'StandardNormal',
    golden: { params: {} as Params, y: kl.standard.y },
    make: () => new StandardNormal({ shape: [2] }),
    kl64: planeKl64,
  }),
  ...(kl.logVar
    ? [
        klRow({
          name: 'Normal, mean and logVar',
          golden: kl.logVar,
          make: ({ mean, logVar }) => new Normal({ mean, logVar, eventRank: 1 }),
          kl64: planeKl64,
        }),
      ]
    : []),
  ...(kl.scale
    ? [
        klRow({
          name: 'Normal, mean and scale',
          golden: kl.scale,
          make: ({ mean, scale }) => new Normal({ mean, scale, eventRank: 1 }),
          kl64: planeKl64,
        }),
      ]
    : []),
];

const fullRow = (name: string, golden: typeof full.plane | typeof full.samples) =>
  row({
    ...shared,
    of: 'MultivariateNormal',
    name,
    golden: golden as typeof full.plane,
    make: ({ mean, scaleTril }) => new MultivariateNormal({ mean, scaleTril }),
    kl: toNormals(golden.kl),
  });

const lowRankRow = (name: string, golden: typeof lowRank.one | typeof lowRank.samples) =>
  row({
    ...shared,
    of: 'LowRankNormal',
    name,
    golden: golden as typeof lowRank.one,
    make: ({ mean, scale, factor }) => new LowRankNormal({ mean, scale, factor }),
    kl: toNormals(golden.kl),
  });

export const multivariateNormalRows: readonly Row[] = [
  fullRow('MultivariateNormal', full.plane),
  fullRow('MultivariateNormal with parameters [samples, batch, size]', full.samples),
  lowRankRow('LowRankNormal of rank 1', lowRank.one),
  lowRankRow('LowRankNormal of more directions than dimensions', lowRank.three),
  lowRankRow('LowRankNormal with parameters [samples, batch, size]', lowRank.samples),
];
