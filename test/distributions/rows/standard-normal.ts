import { Normal } from '../../../src/distributions/normal';
import { StandardNormal } from '../../../src/distributions/standard-normal';
import golden from '../../golden/distributions/standard-normal.json';
import { normal64, normalKl64 } from '../normal-twins';
import { klRow, type Row, row } from '../row';
import { supports } from '../supports';

const { standard } = golden;

export const standardNormalRows: readonly Row[] = [
  row({
    name: 'StandardNormal',
    of: 'StandardNormal',
    golden: standard,
    make: () => new StandardNormal({ shape: [2] }),
    event: [2],
    support: supports.real,
    logProb64: normal64,
    kl: [
      klRow({
        name: 'StandardNormal',
        golden: { params: {}, y: standard.kl.standard.y },
        make: () => new StandardNormal({ shape: [2] }),
        kl64: normalKl64,
      }),
      klRow({
        name: 'Normal, mean and logVar',
        golden: standard.kl.normal,
        make: ({ mean, logVar }) => new Normal({ mean, logVar }),
        kl64: normalKl64,
      }),
    ],
  }),
];
