import { LogNormal } from '../../../src/distributions/log-normal';
import golden from '../../golden/distributions/log-normal.json';
import { klRow, type Row, row } from '../row';
import { supports } from '../supports';
import { klOfElements, logProbOfElements } from '../twins';

const make = ({ mean, scale }: ConstructorParameters<typeof LogNormal>[0]) => new LogNormal({ mean, scale });

export const logNormalRows: readonly Row[] = [
  row({
    name: 'LogNormal',
    of: 'LogNormal',
    golden: golden.logNormal,
    make,
    event: [2],
    support: supports.positive,
    logProb64: logProbOfElements((x, { mean, scale }) => {
      const y = (Math.log(x) - mean!) / scale!;
      return -0.5 * (y * y + Math.log(2 * Math.PI)) - Math.log(scale!) - Math.log(x);
    }),
    kl: [
      klRow({
        name: 'LogNormal',
        golden: golden.logNormal.kl.logNormal,
        make,
        kl64: klOfElements((q, p) => {
          const [ratio, distance] = [q['scale']! / p['scale']!, (q['mean']! - p['mean']!) / p['scale']!];
          return 0.5 * (ratio ** 2 + distance ** 2 - 1) - Math.log(ratio);
        }),
      }),
    ],
  }),
];
