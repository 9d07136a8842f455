import * as tf from '@tensorflow/tfjs';
import {
  bernoulliFamily,
  betaFamily,
  binaryConcreteFamily,
  categoricalFamily,
  concreteFamily,
  continuousBernoulliFamily,
  discretizedLogisticFamily,
  discretizedLogisticMixtureFamily,
  gaussianFamily,
  laplaceFamily,
  logisticFamily,
  lowRankNormalFamily,
  multivariateNormalFamily,
  negativeBinomialFamily,
  normalFamily,
  oneHotCategoricalFamily,
  poissonFamily,
  Rng,
  zeroInflatedNegativeBinomialFamily,
} from 'tfjs-vae';
import golden from '../golden/families.json';
import { flowFamilyRows } from './flow-rows';
import type { FamilyRow } from './row';

const { rows } = golden;

const unitInterval: NonNullable<FamilyRow['data']> = {
  support: 'unitInterval',
  draw: count => new Rng(1).uniform([count, 3]),
  outside: [1.5, /values in \[0, 1\]/],
};
const real: NonNullable<FamilyRow['data']> = {
  support: 'real',
  draw: count => new Rng(1).normal([count, 3]),
  outside: [Number.NaN, /x holds NaN/],
};
/** Class indices of three elements, each more probable than the next. */
const drawClasses = (count: number, classes: number) =>
  tf.tidy(() => tf.floor(tf.mul(classes, tf.square(new Rng(1).uniform([count, 3])))));
const counts: NonNullable<FamilyRow['data']> = {
  support: 'counts',
  draw: count => tf.tidy(() => tf.floor(tf.mul(new Rng(1).uniform([count, 3]), tf.tensor1d([3, 9, 30])))),
  outside: [1.5, /counts, which are whole numbers of 0 or more/],
};
const poisson = { of: 'poissonFamily', size: 3, data: counts, closedKl: ['poisson'] };
const negativeBinomial = { of: 'negativeBinomialFamily', size: 3, data: counts };
const zeroInflated = { of: 'zeroInflatedNegativeBinomialFamily', size: 3, data: counts };
const levels = (count: number): NonNullable<FamilyRow['data']> => ({
  support: { levels: count },
  draw: n => tf.tidy(() => tf.div(tf.floor(tf.mul(count, new Rng(1).uniform([n, 3]))), count - 1)),
  outside: [0.3, /dequantised or scaled values are not among them/],
});
const gaussian = { of: 'gaussianFamily', size: 3, data: real };
const normal = { of: 'normalFamily', size: 3, closedKl: ['normal', 'standardNormal'] };

/** Every family: a new one is a row here, and an entry in scripts/golden/make_families.py. */
export const familyRows: readonly FamilyRow[] = [
  ...flowFamilyRows,
  {
    name: 'bernoulli',
    of: 'bernoulliFamily',
    family: bernoulliFamily(),
    size: 3,
    golden: [rows.bernoulli],
    data: unitInterval,
  },
  {
    ...gaussian,
    name: 'gaussian, fixed sigma',
    family: gaussianFamily({ sigma: 0.5 }),
    golden: [rows['gaussian, fixed sigma']],
  },
  {
    ...gaussian,
    name: 'gaussian, shared sigma',
    family: gaussianFamily({ sigma: 'shared', sigmaFloor: 0.2 }),
    golden: [rows['gaussian, shared sigma']],
  },
  {
    ...gaussian,
    name: 'gaussian, sigma per element',
    family: gaussianFamily({ sigma: 'perElement', mean: 'sigmoid', sigmaFloor: 0.2 }),
    golden: [rows['gaussian, sigma per element']],
  },
  {
    ...gaussian,
    name: 'gaussian, optimal sigma',
    family: gaussianFamily({ sigma: 'optimal', sigmaFloor: 0.2 }),
    golden: [rows['gaussian, optimal sigma'], rows['gaussian, optimal sigma in training']],
    couples: true,
  },
  {
    ...normal,
    of: 'binaryConcreteFamily',
    name: 'binary concrete, categorical KL',
    family: binaryConcreteFamily({ temperature: 0.5 }),
    golden: [rows['binary concrete']],
    closedKl: ['bernoulli'],
  },
  {
    ...normal,
    of: 'binaryConcreteFamily',
    name: 'binary concrete, concrete KL',
    family: binaryConcreteFamily({ temperature: 0.5, kl: 'concrete' }),
    golden: [rows['binary concrete']],
    closedKl: [],
  },
  {
    ...normal,
    of: 'concreteFamily',
    name: 'concrete, categorical KL',
    family: concreteFamily({ classes: 2, temperature: 0.5 }),
    golden: [rows.concrete],
    closedKl: ['oneHotCategorical'],
  },
  {
    ...normal,
    of: 'concreteFamily',
    name: 'concrete, straight through',
    family: concreteFamily({ classes: 2, temperature: 0.5, straightThrough: true }),
    golden: [rows.concrete],
    closedKl: ['oneHotCategorical'],
  },
  {
    ...normal,
    of: 'concreteFamily',
    name: 'concrete, concrete KL',
    family: concreteFamily({ classes: 2, temperature: 0.5, kl: 'concrete' }),
    golden: [rows.concrete],
    closedKl: [],
  },
  {
    ...normal,
    of: 'lowRankNormalFamily',
    name: 'lowRankNormal',
    family: lowRankNormalFamily({ rank: 2 }),
    golden: [rows.lowRankNormal],
  },
  {
    ...normal,
    of: 'multivariateNormalFamily',
    name: 'multivariateNormal',
    family: multivariateNormalFamily(),
    golden: [rows.multivariateNormal],
  },
  { ...normal, name: 'normal', family: normalFamily(), golden: [rows.normal] },
  {
    ...normal,
    name: 'normal, unbounded',
    family: normalFamily({ logVarRange: false }),
    golden: [rows['normal, unbounded']],
  },
  {
    name: 'laplace',
    of: 'laplaceFamily',
    family: laplaceFamily(),
    size: 3,
    golden: [rows.laplace],
    closedKl: ['laplace', 'normal', 'standardNormal'],
    data: real,
  },
  {
    name: 'laplace, shared scale',
    of: 'laplaceFamily',
    family: laplaceFamily({ loc: 'sigmoid', scale: 'shared' }),
    size: 3,
    golden: [rows['laplace, shared scale']],
    closedKl: ['laplace', 'normal', 'standardNormal'],
    data: real,
  },
  {
    name: 'laplace as a posterior',
    of: 'laplaceFamily',
    family: laplaceFamily(),
    size: 3,
    golden: [rows.laplace],
    closedKl: ['laplace', 'normal', 'standardNormal'],
  },
  {
    name: 'logistic',
    of: 'logisticFamily',
    family: logisticFamily({ logScaleRange: [-3, 2] }),
    size: 3,
    golden: [rows.logistic],
    data: real,
  },
  {
    name: 'logistic, fixed scale',
    of: 'logisticFamily',
    family: logisticFamily({ scale: 0.5 }),
    size: 3,
    golden: [rows['logistic, fixed scale']],
    data: real,
  },
  {
    name: 'categorical',
    of: 'categoricalFamily',
    family: categoricalFamily({ classes: 2 }),
    size: 3,
    golden: [rows.categorical],
    closedKl: ['categorical'],
    data: {
      support: { categories: 2 },
      draw: count => drawClasses(count, 2),
      outside: [2, /class indices, which are whole numbers from 0 to 1/],
    },
  },
  {
    name: 'one-hot categorical',
    of: 'oneHotCategoricalFamily',
    family: oneHotCategoricalFamily(),
    size: 3,
    golden: [rows['one-hot categorical']],
    closedKl: ['oneHotCategorical'],
    data: {
      support: 'simplex',
      draw: count => tf.tidy(() => tf.softmax(tf.mul(3, new Rng(1).normal([count, 3])))),
      outside: [1.5, /1\.5/],
    },
  },
  { ...poisson, name: 'poisson', family: poissonFamily(), golden: [rows.poisson] },
  {
    ...poisson,
    name: 'poisson, exposure by the total',
    family: poissonFamily({ exposure: 'total' }),
    golden: [rows['poisson, exposure by the total'], rows['poisson, exposure by the total in training']],
  },
  {
    ...negativeBinomial,
    name: 'negative binomial',
    family: negativeBinomialFamily(),
    golden: [rows['negative binomial']],
  },
  {
    ...negativeBinomial,
    name: 'negative binomial, dispersion per element, exposure by the total',
    family: negativeBinomialFamily({ dispersion: 'perElement', exposure: 'total' }),
    golden: [rows['negative binomial, dispersion per element, exposure by the total in training']],
  },
  {
    ...negativeBinomial,
    name: 'negative binomial, fixed dispersion',
    family: negativeBinomialFamily({ dispersion: 2 }),
    golden: [rows['negative binomial, fixed dispersion']],
  },
  {
    ...zeroInflated,
    name: 'zero-inflated negative binomial',
    family: zeroInflatedNegativeBinomialFamily(),
    golden: [rows['zero-inflated negative binomial']],
  },
  {
    ...zeroInflated,
    name: 'zero-inflated negative binomial, dispersion per element',
    family: zeroInflatedNegativeBinomialFamily({ dispersion: 'perElement' }),
    golden: [rows['zero-inflated negative binomial, dispersion per element']],
  },
  {
    name: 'discretized logistic',
    of: 'discretizedLogisticFamily',
    family: discretizedLogisticFamily(),
    size: 3,
    golden: [rows['discretized logistic']],
    data: levels(256),
  },
  {
    name: 'discretized logistic, sigmoid mean',
    of: 'discretizedLogisticFamily',
    family: discretizedLogisticFamily({ levels: 5, mean: 'sigmoid', logScaleRange: [-3, 2] }),
    size: 3,
    golden: [rows['discretized logistic, sigmoid mean']],
    data: levels(5),
  },
  {
    name: 'discretized logistic mixture',
    of: 'discretizedLogisticMixtureFamily',
    family: discretizedLogisticMixtureFamily({ components: 2 }),
    size: 3,
    golden: [rows['discretized logistic mixture']],
    data: levels(256),
  },
  {
    name: 'discretized logistic mixture, coupled channels',
    of: 'discretizedLogisticMixtureFamily',
    family: discretizedLogisticMixtureFamily({ components: 2, levels: 8, coupled: true }),
    size: 3,
    golden: [rows['discretized logistic mixture, coupled']],
    data: levels(8),
  },
];
