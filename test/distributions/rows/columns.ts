import type * as tf from '@tensorflow/tfjs';
import { Columns } from '../../../src/distributions/columns';
import { Laplace } from '../../../src/distributions/laplace';
import { Logistic } from '../../../src/distributions/logistic';
import { Normal } from '../../../src/distributions/normal';
import golden from '../../golden/distributions/columns.json';
import { type Row, row } from '../row';
import { supports } from '../supports';
import type { LogProb64 } from '../twins';

const UNITS = { height: { centre: 16, spread: 4 }, weight: { spread: 0.5 } };

const densities: readonly ((u: number) => number)[] = [
  u => -0.5 * u * u - 0.5 * Math.log(2 * Math.PI),
  u => -Math.abs(u) - Math.LN2,
  u => -Math.abs(u) - 2 * Math.log1p(Math.exp(-Math.abs(u))),
];

const logProb64: LogProb64 = (x, p) => {
  const places = [p['height/mean']!, p['weight/loc']!, p['age/loc']!];
  const scales = [p['height/scale']!, p['weight/scale']!, p['age/scale']!];
  const [centres, spreads] = [
    [16, 0, 0],
    [4, 0.5, 1],
  ];
  return x.reduce((sum, v, i) => {
    const [column, at] = [i % 3, Math.floor(i / 3)];
    const [spread, scale] = [spreads[column]!, scales[column]![at]!];
    const u = ((v - centres[column]!) / spread - places[column]![at]!) / scale;
    return sum + densities[column]!(u) - Math.log(scale * spread);
  }, 0);
};

export const columnsRows: readonly Row[] = [
  row({
    name: 'Columns',
    of: 'Columns',
    golden: golden.reals,
    make: (t: Readonly<Record<string, tf.Tensor>>) =>
      new Columns({
        columns: {
          height: new Normal({ mean: t['height/mean']!, scale: t['height/scale']! }),
          weight: new Laplace({ loc: t['weight/loc']!, scale: t['weight/scale']! }),
          age: new Logistic({ loc: t['age/loc']!, scale: t['age/scale']! }),
        },
        units: UNITS,
      }),
    event: [3],
    support: supports.real,
    without: ['klElements'],
    logProb64,
  }),
];
