import type * as tf from '@tensorflow/tfjs';
import { Laplace } from '../../../src/distributions/laplace';
import { Normal } from '../../../src/distributions/normal';
import { StandardNormal } from '../../../src/distributions/standard-normal';
import golden from '../../golden/distributions/laplace.json';
import { klRow, type Nested, type Params, type Row, row } from '../row';
import { supports } from '../supports';
import { type Kl64, klOfElements, logProbOfElements } from '../twins';

const { byElement, scalarScale } = golden;

const make = ({ loc, scale }: { loc: tf.Tensor; scale: tf.Tensor }) => new Laplace({ loc, scale });

const shared = {
  of: 'Laplace',
  make,
  support: supports.real,
  logProb64: logProbOfElements((x, { loc, scale }) => -Math.abs(x - loc!) / scale! - Math.log(2 * scale!)),
};

const toLaplace = (name: string, kl: { params: { loc: Nested; scale: Nested }; y: Nested }) =>
  klRow({
    name,
    golden: kl,
    make,
    kl64: klOfElements((q, p) => {
      const [distance, b, c] = [Math.abs(q['loc']! - p['loc']!), q['scale']!, p['scale']!];
      return Math.log(c / b) + distance / c + (b / c) * Math.exp(-distance / b) - 1;
    }),
  });

const toNormal64: Kl64 = klOfElements(({ loc, scale }, { mean = 0, logVar, scale: sigma = 1 }) => {
  const variance = logVar === undefined ? sigma ** 2 : Math.exp(logVar);
  const squares = (2 * scale! ** 2 + (loc! - mean) ** 2) / (2 * variance);
  return squares - Math.log(2 * scale!) - 1 + 0.5 * Math.log(2 * Math.PI * variance);
});

const toStandard = (shape: readonly number[], y: Nested) =>
  klRow({
    name: 'StandardNormal',
    golden: { params: {} as Params, y },
    make: () => new StandardNormal({ shape }),
    kl64: toNormal64,
  });

export const laplaceRows: readonly Row[] = [
  row({
    ...shared,
    name: 'Laplace',
    golden: byElement,
    event: [2],
    kl: [
      toLaplace('Laplace', byElement.kl.laplace),
      toLaplace('a Laplace close by', byElement.kl.close),
      klRow({
        name: 'Normal, mean and logVar',
        golden: byElement.kl.logVar,
        make: ({ mean, logVar }) => new Normal({ mean, logVar }),
        kl64: toNormal64,
      }),
      klRow({
        name: 'Normal, mean and scale',
        golden: byElement.kl.scale,
        make: ({ mean, scale }) => new Normal({ mean, scale }),
        kl64: toNormal64,
      }),
      toStandard([2], byElement.kl.standard.y),
    ],
  }),
  row({
    ...shared,
    name: 'Laplace over matrices, scalar scale',
    golden: scalarScale,
    event: [2, 3],
    kl: [toLaplace('Laplace', scalarScale.kl.laplace), toStandard([2, 3], scalarScale.kl.standard.y)],
  }),
];
