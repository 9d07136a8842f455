import * as tf from '@tensorflow/tfjs';
import {
  betaln,
  digamma,
  expm1,
  expm1MinusX,
  fillMissing,
  lgamma,
  lgammaDifference,
  log1mExp,
  log1p,
  logNormalCdf,
  logSinhc,
  logSumExp,
  softClip,
  stopGradient,
} from 'tfjs-vae';
import ops from '../../golden/ops.json';
import special from '../../golden/special.json';
import { noise, type ParityRow, tensor, valueAndGradients, valueAndSumGradients } from '../row';

// The row of −3e38 stays out: the largest number of tfjs's maximum is −1e20 on webgl.
const sums = ops.logSumExp.x
  .map((row, i) => ({ x: row.map(Number), y: Number(ops.logSumExp.y[i]), gradient: ops.logSumExp.gradient[i]! }))
  .filter(({ y }) => !(y < -1e20 && Number.isFinite(y)));

const unary = [
  ['log1p', log1p, ops.log1p],
  ['lgamma', lgamma, special.lgamma],
  ['digamma', digamma, special.digamma],
  ['expm1', expm1, special.expm1],
  ['log1mExp', log1mExp, special.log1mExp],
  ['logSinhc', logSinhc, special.logSinhc],
  ['logNormalCdf', logNormalCdf, special.logNormalCdf],
] as const;

const binary = [
  ['lgammaDifference', lgammaDifference, special.lgammaDifference],
  ['betaln', betaln, special.betaln],
] as const;

export const opRows: readonly ParityRow[] = [
  ...unary.map(([name, f, { x, y, gradient }]) => ({
    name,
    of: [name],
    run: () => valueAndSumGradients([tensor(x)], t => f(t!)),
    golden: [y, gradient],
  })),
  ...binary.map(([name, f, { a, b, y, gradientA, gradientB }]) => ({
    name,
    of: [name],
    run: () => valueAndSumGradients([tensor(a), tensor(b)], (t, u) => f(t!, u!)),
    golden: [y, gradientA, gradientB],
  })),
  {
    name: 'expm1MinusX',
    of: ['expm1MinusX'],
    run: () => valueAndSumGradients([tensor(ops.expm1MinusX.x)], x => expm1MinusX(x!)),
    golden: [ops.expm1MinusX.y, ops.expm1MinusX.gradient],
  },
  ...ops.softClip.map(({ low, high, x, y, gradient }) => ({
    name: `softClip to [${low}, ${high}]`,
    of: ['softClip'],
    run: () => valueAndSumGradients([tensor(x)], t => softClip(t!, low, high)),
    golden: [y, gradient],
  })),
  {
    name: 'logSumExp, −∞ among the terms',
    of: ['logSumExp'],
    run: () => valueAndSumGradients([tensor(sums.map(({ x }) => x))], x => logSumExp(x!, 1)),
    golden: [sums.map(({ y }) => y), sums.flatMap(({ gradient }) => gradient)],
  },
  {
    name: 'logSumExp over the first and over all axes',
    of: ['logSumExp'],
    run: () => [
      ...valueAndGradients([noise([300, 5], 'x')], x => logSumExp(x!, 0, true)),
      ...valueAndGradients([noise([300, 5], 'x')], x => logSumExp(x!)),
    ],
  },
  {
    name: 'fillMissing over NaN',
    of: ['fillMissing'],
    run: () => [fillMissing(tf.tensor1d([1, Number.NaN, 3, Infinity]), tf.tensor1d([1, 0, 0.5, 0]))],
    golden: [[1, 0, 3, 0]],
    tolerance: 0,
  },
  {
    name: 'stopGradient',
    of: ['stopGradient'],
    run: () => valueAndSumGradients([tensor([1, -2, 3])], x => tf.mul(x!, stopGradient(x!))),
    golden: [
      [1, 4, 9],
      [1, -2, 3],
    ],
    tolerance: 0,
  },
];
