import golden from '../../golden/distributions/own-laplace.json';
import { Laplace } from '../own/laplace';
import { klRow, type Row, row } from '../row';
import { supports } from '../supports';
import { klOfElements, logProbOfElements } from '../twins';

/** A distribution from outside, over the exported base. */
export const ownLaplaceRows: readonly Row[] = [
  row({
    name: 'Laplace, written over Elementwise',
    of: 'Elementwise',
    golden: golden.laplace,
    make: ({ location, scale }) => new Laplace({ location, scale }),
    event: [2],
    support: supports.real,
    logProb64: logProbOfElements((x, { location, scale }) => -Math.abs(x - location!) / scale! - Math.log(2 * scale!)),
    kl: [
      klRow({
        name: 'Laplace',
        golden: golden.laplace.kl.laplace,
        make: ({ location, scale }) => new Laplace({ location, scale }),
        kl64: klOfElements((q, p) => {
          const [distance, b, c] = [Math.abs(q['location']! - p['location']!), q['scale']!, p['scale']!];
          return Math.log(c / b) + distance / c + (b / c) * Math.exp(-distance / b) - 1;
        }),
      }),
    ],
  }),
];
