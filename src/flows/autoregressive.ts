import * as tf from '@tensorflow/tfjs';
import { checkCount } from '../ops/check';
import { checkKeys } from '../ops/check-keys';
import { softplus } from '../ops/softplus';
import { drawSeed, Rng } from '../random/rng';
import { prefixed, type Variables, within } from '../variables/variables';
import type { Flow, FlowContext, FlowResult } from './flow';
import { filled, glorotKernel, linear } from './linear';
import { through } from './through';

/** What `iafFlow` and `mafFlow` take. */
export type AutoregressiveFlowOptions = {
  /** How many maps, one after the other; every other one goes through the dimensions in reverse. Default 2. */
  steps?: number;
  /** Hidden units (tanh) of the network of each map. Default 64. */
  hidden?: number;
  /** How many features of the encoder the networks see; 0 for none, as a prior needs it. */
  context?: number;
  /** Seed of the initial weights. */
  seed?: number;
};

/** Both directions of `z′ = σ(s)·z + (1 − σ(s))·m`, with m and s of each dimension from those before it. */
type Autoregressive = Required<Pick<Flow, 'features' | 'createVariables' | 'forward' | 'inverse'>>;

/** The maps that `iafFlow` goes through forwards and `mafFlow` backwards. */
export function autoregressive(
  options: AutoregressiveFlowOptions,
  owner: string,
  defaultContext: number,
): Autoregressive {
  checkKeys(owner, options, ['steps', 'hidden', 'context', 'seed']);
  const { steps = 2, hidden = 64, context = defaultContext, seed = drawSeed() } = options;
  checkCount(owner, 'steps', steps);
  checkCount(owner, 'hidden', hidden);
  if (context !== 0) checkCount(owner, 'context', context);
  const order = [...Array(steps).keys()];
  const gatesOf = ({ weights, features }: FlowContext, i: number) => {
    const own = { weights: within(weights, String(i)), ...(features && { features }) };
    return (z: tf.Tensor) => gates(z, own, i % 2 === 1);
  };
  return {
    features: () => context,
    createVariables(size) {
      const rng = new Rng(seed).fork(owner);
      const each = order.map(i => prefixed(String(i), createWeights(rng, size, hidden, context)));
      return Object.assign({}, ...each) as Variables;
    },
    forward: (z, given) => through(z, order, (x, i) => forward(x, gatesOf(given, i))),
    inverse: (z, given) => through(z, [...order].reverse(), (y, i) => inverse(y, gatesOf(given, i))),
  };
}

type Gates = (z: tf.Tensor) => { mean: tf.Tensor; s: tf.Tensor };

function forward(z: tf.Tensor, gatesAt: Gates): FlowResult {
  const { mean, s } = gatesAt(z);
  return { z: tf.add(mean, tf.mul(tf.sigmoid(s), tf.sub(z, mean))), logDet: volume(s) };
}

/** After k passes the first k dimensions are right, since m and s of each depend only on those before it. */
function inverse(y: tf.Tensor, gatesAt: Gates): FlowResult {
  let z = y;
  let logDet!: tf.Tensor;
  for (let pass = 0; pass < y.shape.at(-1)!; pass++) {
    const { mean, s } = gatesAt(z);
    z = tf.add(mean, tf.div(tf.sub(y, mean), tf.sigmoid(s)));
    logDet = volume(s);
  }
  return { z, logDet };
}

/** `Σ log σ(s)`. */
function volume(s: tf.Tensor): tf.Tensor {
  return tf.neg(tf.sum(softplus(tf.neg(s)), -1));
}

/**
 * m and s of each dimension, by a network whose masks cut every path from a dimension to itself and to those before it
 * (MADE: Germain et al. 2015, arXiv 1502.03509, equations 8 and 9).
 *
 * tanh keeps m and s bounded whatever z is, so that the first passes of the inverse do not overflow.
 */
function gates(z: tf.Tensor, { weights, features }: FlowContext, reversed: boolean) {
  const weight = (name: string) => weights[name]!;
  const [size, hidden] = weight('hidden/kernel').shape as [number, number];
  const degree = (i: number) => (reversed ? size - i : i + 1);
  const unit = (j: number) => (j % Math.max(1, size - 1)) + 1;
  const first = tf.mul(
    weight('hidden/kernel'),
    mask(size, hidden, (i, j) => degree(i) <= unit(j)),
  );
  const last = tf.mul(
    weight('output/kernel'),
    mask(hidden, 2 * size, (j, o) => unit(j) < degree(o % size)),
  );
  const seen = tf.add(linear(z, first), weight('hidden/bias'));
  const told = features ? tf.add(seen, linear(features, weight('context/kernel'))) : seen;
  const [mean, s] = tf.split(tf.add(linear(tf.tanh(told), last), weight('output/bias')), 2, -1);
  return { mean: mean!, s: s! };
}

function mask(rows: number, columns: number, isOpen: (row: number, column: number) => boolean): tf.Tensor {
  const values = new Float32Array(rows * columns);
  for (let i = 0; i < values.length; i++) values[i] = Number(isOpen(Math.floor(i / columns), i % columns));
  return tf.tensor2d(values, [rows, columns]);
}

function createWeights(rng: Rng, size: number, hidden: number, context: number): Variables {
  return {
    'hidden/kernel': glorotKernel(rng, size, hidden),
    'hidden/bias': filled([hidden]),
    ...(context > 0 && { 'context/kernel': glorotKernel(rng, context, hidden) }),
    'output/kernel': glorotKernel(rng, hidden, 2 * size),
    // The gates begin nearly open, near the identity: σ(2) = 0.88.
    'output/bias': tf.tidy(() => tf.variable(tf.concat([tf.zeros([size]), tf.fill([size], 2)]))),
  };
}
