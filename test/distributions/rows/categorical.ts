import type * as tf from '@tensorflow/tfjs';
import { Categorical } from '../../../src/distributions/categorical';
import golden from '../../golden/distributions/categorical.json';
import { categoriesTwins } from '../categories-twins';
import { klRow, type Nested, type Row, row } from '../row';
import { categories } from '../supports';

const make = ({ logits }: { logits: tf.Tensor }) => new Categorical({ logits });
const toCategorical = (classes: number, kl: { params: { logits: Nested }; y: Nested }) =>
  klRow({ name: 'Categorical', golden: kl, make, kl64: categoriesTwins(classes).kl64 });

const { columns, matrices } = golden;

export const categoricalRows: readonly Row[] = [
  row({
    name: 'Categorical',
    of: 'Categorical',
    make,
    golden: columns,
    event: [2],
    support: categories(3),
    logProb64: categoriesTwins(3).ofIndex64,
    kl: [toCategorical(3, columns.kl.categorical)],
  }),
  row({
    name: 'Categorical over matrices',
    of: 'Categorical',
    make,
    golden: matrices,
    event: [2, 2],
    support: categories(4),
    logProb64: categoriesTwins(4).ofIndex64,
    kl: [toCategorical(4, matrices.kl.categorical)],
  }),
];
