import type * as tf from '@tensorflow/tfjs';
import { OneHotCategorical } from '../../../src/distributions/one-hot-categorical';
import golden from '../../golden/distributions/one-hot-categorical.json';
import { categoriesTwins } from '../categories-twins';
import { klRow, type Nested, type Row, row } from '../row';
import { oneHots } from '../supports';

const make = ({ logits }: { logits: tf.Tensor }) => new OneHotCategorical({ logits });
const toOneHot = (classes: number, kl: { params: { logits: Nested }; y: Nested }) =>
  klRow({ name: 'OneHotCategorical', golden: kl, make, kl64: categoriesTwins(classes).kl64 });

const shared = (classes: number) => ({
  of: 'OneHotCategorical',
  make,
  support: oneHots(classes),
  without: ['logProbElements', 'klElements'] as const,
  logProb64: categoriesTwins(classes).ofTarget64,
});

export const oneHotCategoricalRows: readonly Row[] = [
  row({
    ...shared(4),
    name: 'OneHotCategorical',
    golden: golden.hard,
    event: [4],
    kl: [toOneHot(4, golden.hard.kl.oneHotCategorical)],
  }),
  row({
    ...shared(3),
    name: 'OneHotCategorical over rows, soft targets',
    golden: golden.soft,
    event: [2, 3],
    kl: [toOneHot(3, golden.soft.kl.oneHotCategorical)],
  }),
];
