import * as tf from '@tensorflow/tfjs';
import { digamma } from '../../src/ops/digamma';
import { lgamma } from '../../src/ops/lgamma';
import { log1pMinusX, phi } from '../../src/ops/log1p';
import { stirlingRemainder, stirlingSlope } from '../../src/ops/stirling';
import special from '../golden/special.json';
import type { NumberRow, Numbers } from './number-row';

type Golden = { x: Numbers; y: Numbers; gradient: Numbers };

/** 1e-6 in Node and 1e-5 on GPUs, of max(1, |value|) unless there is another floor. */
const exact = { nodeTolerance: 1e-6 };
const relative = { closeness: { floor: 1e-37 } };

function row(
  name: string,
  f: (x: tf.Tensor) => tf.Tensor,
  { x, y, gradient }: Golden,
  more: Partial<NumberRow> = exact,
) {
  return { name, f: (t: tf.Tensor | undefined) => f(t!), inputs: [x], values: y, gradients: [gradient], ...more };
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
];
