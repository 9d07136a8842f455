import * as tf from '@tensorflow/tfjs';
import { betaln } from '../../src/ops/betaln';
import { digamma } from '../../src/ops/digamma';
import { expm1 } from '../../src/ops/expm1';
import { lgamma } from '../../src/ops/lgamma';
import { digammaDifference, lgammaDifference } from '../../src/ops/lgamma-difference';
import { logNormalCdf } from '../../src/ops/log-normal-cdf';
import { langevin, logSinhc } from '../../src/ops/log-sinhc';
import { log1mExp } from '../../src/ops/log1m-exp';
import { log1pMinusX, phi } from '../../src/ops/log1p';
import { stirlingRemainder, stirlingSlope } from '../../src/ops/stirling';
import special from '../golden/special.json';
import type { NumberRow, Numbers } from './number-row';

type Golden = { x: Numbers; y: Numbers; gradient: Numbers };

/** 1e-6 in Node and 1e-5 on GPUs, of max(1, |value|) unless there is another floor. */
const exact = { nodeTolerance: 1e-6 };
const relative = { closeness: { floor: 1e-37 }, nodeTolerance: 1e-6 };

function row(
  name: string,
  f: (x: tf.Tensor) => tf.Tensor,
  { x, y, gradient }: Golden,
  more: Partial<NumberRow> = exact,
) {
  return { name, f: (t: tf.Tensor | undefined) => f(t!), inputs: [x], values: y, gradients: [gradient], ...more };
}

type GoldenPairs = { a: Numbers; b: Numbers; y: Numbers; gradientA: Numbers; gradientB: Numbers };

function pairs(name: string, f: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor, golden: GoldenPairs): NumberRow {
  return {
    name,
    f: (a, b) => f(a!, b!),
    inputs: [golden.a, golden.b],
    values: golden.y,
    gradients: [golden.gradientA, golden.gradientB],
    nodeTolerance: 3e-6,
  };
}

/** The special functions over their whole range. */
export const specialRows: readonly NumberRow[] = [
  row('lgamma and its gradient, from 1e-6 to 1e8', lgamma, special.lgamma),
  row('digamma and its gradient, from 1e-6 to 1e8', digamma, special.digamma),
  {
    ...exact,
    name: 'lgamma, second derivative',
    f: x => tf.grad(t => lgamma(t))(x!),
    inputs: [special.lgamma.x],
    values: special.lgamma.gradient,
    gradients: [special.lgamma.second],
  },
  row('Stirling’s remainder, from 1e-6 to 1e8', stirlingRemainder, special.stirlingRemainder),
  {
    ...exact,
    name: 'the slope of Stirling’s remainder, from 1e-6 to 1e8',
    f: x => stirlingSlope(x!),
    inputs: [special.stirlingSlope.x],
    values: special.stirlingSlope.y,
  },
  row('log(1 + u) − u', log1pMinusX, special.log1pMinusX, relative),
  row('φ(u) = (1 + u)·log(1 + u) − u', phi, special.phi, relative),
  { name: 'φ(−1) is 1', f: u => phi(u!), inputs: [[-1]], values: [1] },
  row('log(sinh y / y)', logSinhc, special.logSinhc, relative),
  row('Langevin’s function', langevin, special.langevin, relative),
  row('log(1 − e^(−d))', log1mExp, special.log1mExp, relative),
  row('expm1', expm1, special.expm1, relative),
  {
    name: 'expm1 and log(sinh y / y), second derivatives',
    f: y => tf.grad(t => tf.add(expm1(t), logSinhc(t)))(y!),
    inputs: [[-2, -0.4, 0.01, 0.9, 3]],
    values: [-2, -0.4, 0.01, 0.9, 3].map(y => Math.exp(y) + 1 / Math.tanh(y) - 1 / y),
    gradients: [[-2, -0.4, 0.01, 0.9, 3].map(y => Math.exp(y) + 1 / y ** 2 - 1 / Math.sinh(y) ** 2)],
  },
  row('log Φ(x), relatively', logNormalCdf, special.logNormalCdf, relative),
  pairs('lgamma(a + b) − lgamma(a)', lgammaDifference, special.lgammaDifference),
  {
    ...pairs('ψ(a + b) − ψ(a)', digammaDifference, special.digammaDifference),
    gradients: [],
  },
  {
    // Its gradient by a is a plain difference of trigammas: 1e-7 of each of them.
    ...pairs('ψ(a + b) − ψ(a), gradients', digammaDifference, special.digammaDifference),
    nodeTolerance: 3e-5,
    closeness: { tolerance: 1e-4 },
  },
  pairs('log B(a, b)', betaln, special.betaln),
];
