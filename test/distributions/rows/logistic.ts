import type * as tf from '@tensorflow/tfjs';
import { Logistic } from '../../../src/distributions/logistic';
import golden from '../../golden/distributions/logistic.json';
import { type Row, row } from '../row';
import { supports } from '../supports';
import { logProbOfElements } from '../twins';

const shared = {
  of: 'Logistic',
  make: ({ loc, scale }: { loc: tf.Tensor; scale: tf.Tensor }) => new Logistic({ loc, scale }),
  support: supports.real,
  logProb64: logProbOfElements((x, { loc, scale }) => {
    const away = Math.abs(x - loc!) / scale!;
    return -away - 2 * Math.log1p(Math.exp(-away)) - Math.log(scale!);
  }),
};

export const logisticRows: readonly Row[] = [
  row({ ...shared, name: 'Logistic', golden: golden.byElement, event: [2] }),
  row({ ...shared, name: 'Logistic over matrices, scalar scale', golden: golden.scalarScale, event: [2, 3] }),
];
