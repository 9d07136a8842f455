import * as tf from '@tensorflow/tfjs';
import { Bernoulli } from '../../src/distributions/bernoulli';
import { Normal } from '../../src/distributions/normal';
import { StandardNormal } from '../../src/distributions/standard-normal';
import { interpolate } from '../../src/latent/interpolate';
import { effectiveSampleSize } from '../../src/losses/iwae';
import { logRatio } from '../../src/ops/log-ratio';
import { log1p, log1pMinusXNear } from '../../src/ops/log1p';
import { softplus } from '../../src/ops/softplus';
import bernoulli from '../golden/bernoulli.json';
import path from '../golden/interpolate.json';
import impossible from '../golden/iwae-impossible.json';
import normal from '../golden/normal.json';
import ops from '../golden/ops.json';
import type { NumberRow } from './number-row';
import { specialRows } from './special-numbers';

const relative = { floor: 1e-37 };
/** Where our wasm kernel takes e^−87 for all that is smaller. */
const normalNumbers = { floor: 1e-32 };
const coins = (logits: tf.Tensor) => new Bernoulli({ logits });
const scaled = (mean: tf.Tensor, scale: tf.Tensor) => new Normal({ mean, scale });
const { logMass, sure, moments, klNearby } = bernoulli;
const { narrow, klClose, klUnit } = normal;
const infinities = [Infinity, Infinity, -Infinity, -Infinity, Infinity];
const nearOne = ops.log1p.x.map((u, i) => ({ u, y: ops.log1p.y[i]! })).filter(({ u }) => u >= -0.5 && u <= 1);

/** What float32 loses when a formula is written as in a textbook: run on every backend. */
export const numberRows: readonly NumberRow[] = [
  {
    name: 'log1p',
    f: u => log1p(u!),
    inputs: [ops.log1p.x],
    values: ops.log1p.y,
    gradients: [ops.log1p.gradient],
    closeness: relative,
  },
  {
    name: 'log1p(u) − u, its terms put together again',
    f: u => tf.add(log1pMinusXNear(u!), u!),
    inputs: [nearOne.map(({ u }) => u)],
    values: nearOne.map(({ y }) => y),
    closeness: relative,
  },
  {
    name: 'softplus',
    f: x => softplus(x!),
    inputs: [ops.softplus.x],
    values: ops.softplus.y,
    gradients: [ops.softplus.gradient],
    closeness: normalNumbers,
  },
  {
    name: 'log(a / b)',
    f: (a, b) => logRatio(a!, b!),
    inputs: [ops.logRatio.a, ops.logRatio.b],
    values: ops.logRatio.y,
    gradients: [ops.logRatio.gradientA, ops.logRatio.gradientB],
    closeness: relative,
  },
  {
    name: 'Bernoulli, log p(x) where x is all but sure',
    f: (x, l) => coins(l!).logProb(x!),
    inputs: [sure.x, sure.logits],
    values: sure.y,
    closeness: relative,
  },
  {
    name: 'Bernoulli, 784 pixels at a logit of 12',
    f: l => new Bernoulli({ logits: tf.tile(tf.reshape(l!, [1, 1]), [1, 784]) }).logProb(tf.ones([1, 784])),
    inputs: [[12]],
    values: [784 * Number(sure.y[sure.logits.findIndex((l, i) => l === 12 && sure.x[i] === 1)])],
    closeness: relative,
  },
  {
    name: 'Bernoulli, log p(x) and gradients, logits from −200 to 200',
    f: (x, l) => coins(l!).logProb(x!),
    inputs: [logMass.x, logMass.logits],
    values: logMass.y,
    gradients: [logMass.logits, logMass.gradientLogits],
  },
  {
    name: 'Bernoulli, infinite logits',
    f: (x, l) => coins(l!).logProb(x!),
    inputs: [[1, 0, 0, 1, 0.5], infinities],
    values: [0, -Infinity, 0, -Infinity, -Infinity],
    gradients: [undefined, [0, -1, 0, 1, -0.5]],
  },
  {
    name: 'Bernoulli, mean, variance and entropy of infinite logits',
    f: l => tf.add(tf.mul(coins(l!).mean(), 4), tf.add(coins(l!).variance(), coins(l!).entropy())),
    inputs: [infinities],
    values: [4, 4, 0, 0, 4],
  },
  {
    name: 'Bernoulli, entropy',
    f: l => coins(l!).entropy(),
    inputs: [moments.logits],
    values: moments.entropy,
    gradients: [moments.gradientEntropy],
    closeness: normalNumbers,
  },
  {
    name: 'Bernoulli, KL of neighbours and far out',
    f: (q, p) => coins(q!).kl(coins(p!)),
    inputs: [klNearby.q, klNearby.p],
    values: klNearby.y,
    gradients: [klNearby.gradientQ, klNearby.gradientP],
    closeness: { floor: 1e-37, tolerance: 1e-4 },
  },
  {
    name: 'Bernoulli, KL between infinite logits',
    f: (q, p) => coins(q!).kl(coins(p!)),
    inputs: [
      [Infinity, -Infinity, Infinity],
      [Infinity, -Infinity, 0],
    ],
    values: [0, 0, Math.LN2],
    gradients: [
      [0, 0, 0],
      [0, 0, -0.5],
    ],
  },
  {
    name: 'Normal, log p(μ) where σ is no float32',
    f: (x, m, lv) => new Normal({ mean: m!, logVar: lv! }).logProb(x!),
    inputs: [narrow.x, narrow.mean, narrow.logVar],
    values: narrow.y,
    gradients: [narrow.x.map(() => 0), narrow.x.map(() => 0), narrow.x.map(() => -0.5)],
  },
  {
    name: 'Normal, KL where σ is no float32',
    f: lv =>
      new Normal({ mean: tf.fill(lv!.shape, 3), logVar: lv! }).kl(
        new Normal({ mean: tf.fill(lv!.shape, 3), logVar: lv! }),
      ),
    inputs: [[-100, -200, -1000]],
    values: [0, 0, 0],
    gradients: [[0, 0, 0]],
  },
  {
    name: 'Normal, KL between scales that are close',
    f: (m, s, n, t) => scaled(m!, s!).kl(scaled(n!, t!)),
    inputs: [klClose.qMean, klClose.qScale, klClose.pMean, klClose.pScale],
    values: klClose.y,
    gradients: [undefined, klClose.gradientQ, undefined, klClose.gradientP],
    closeness: relative,
  },
  {
    name: 'Normal, KL to N(0, 1) of scales close to 1',
    f: (m, s) => scaled(tf.expandDims(m!, 1), tf.expandDims(s!, 1)).kl(new StandardNormal({ shape: [1] })),
    inputs: [klUnit.mean, klUnit.scale],
    values: klUnit.y,
    gradients: [klUnit.mean, klUnit.gradientScale],
    closeness: relative,
  },
  {
    name: 'effective sample size where every weight is 0',
    f: w => effectiveSampleSize(tf.reshape(w!, [3, 3])),
    inputs: [impossible.logWeights.flat()],
    values: impossible.perExample.ess,
  },
  ...path.cases.map(
    ({ a, b, points }, i): NumberRow => ({
      name: `spherical interpolation, case ${i}`,
      f: (from, to) => tf.reshape(interpolate(from!, to!, points.length, { method: 'spherical' }), [-1]),
      inputs: [a, b],
      values: points.flat(),
      // Sines on GPUs are good to 1e-4.
      closeness: { floor: Math.hypot(...points[2]!), tolerance: 2e-4 },
    }),
  ),
  ...specialRows,
];
