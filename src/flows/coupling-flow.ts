import * as tf from '@tensorflow/tfjs';
import { checkCount } from '../ops/check';
import { checkKeys } from '../ops/check-keys';
import { drawSeed, Rng } from '../random/rng';
import { prefixed, type Variables, within } from '../variables/variables';
import { defineFlow, type FlowContext, type FlowResult } from './flow';
import { filled, glorotKernel, linear } from './linear';
import { through } from './through';

/** What `couplingFlow` takes. */
export type CouplingFlowOptions = {
  /** How many maps, one after the other; the halves are swapped between them. Default 4. */
  steps?: number;
  /** Hidden units (tanh) of the network of each map. Default 64. */
  hidden?: number;
  /** How many features of the encoder the networks see. Default 0, as a prior needs it. */
  context?: number;
  /** Seed of the initial weights. */
  seed?: number;
};

/**
 * Affine coupling: one half of the dimensions stays, and tells how the other half is moved, `z′₂ = z₂·e^s + t` with s and
 * t functions of z₁ and of features of the encoder (`context`).
 *
 * `log det = Σ s`, `s = 2·tanh(raw/2)` within ±2, and the identity at the start. Both directions take one run of a
 * network a step (`hidden` tanh units). In float32 the way there and back is exact to 1e-5 while |s| stays below 1;
 * several steps at the bound lose digits. Dinh et al. 2017 (arXiv 1605.08803, equations 4 to 8).
 *
 * @throws When a size is not a positive integer; when there is one dimension only.
 * @example
 * ```ts
 * const posterior = flowFamily({ base: normalFamily(), flow: [couplingFlow({ steps: 4, context: 32, seed: 7 })] });
 * const prior = new FlowPrior({ latentDim: 20, flow: [couplingFlow({ steps: 4, seed: 8 })] });
 * ```
 */
export const couplingFlow = /* @__PURE__ */ defineFlow('couplingFlow', (options: CouplingFlowOptions, owner) => {
  checkKeys(owner, options, ['steps', 'hidden', 'context', 'seed']);
  const { steps = 4, hidden = 64, context = 0, seed = drawSeed() } = options;
  checkCount(owner, 'steps', steps);
  checkCount(owner, 'hidden', hidden);
  if (context !== 0) checkCount(owner, 'context', context);
  const order = [...Array(steps).keys()];
  return {
    features: () => context,
    createVariables(size) {
      if (size < 2)
        throw new Error(`${owner}: one half tells how the other is moved, so it takes 2 dimensions or more`);
      const rng = new Rng(seed).fork(owner);
      const each = order.map(i => prefixed(String(i), createWeights(rng, halves(size, i), hidden, context)));
      return Object.assign({}, ...each) as Variables;
    },
    forward: (z, given) =>
      through(z, order, (x, i) => step(x, i, given, (half, s, t) => tf.add(tf.mul(half, tf.exp(s)), t))),
    inverse: (z, given) =>
      through(z, [...order].reverse(), (y, i) =>
        step(y, i, given, (half, s, t) => tf.mul(tf.sub(half, t), tf.exp(tf.neg(s)))),
      ),
  };
});

/** Sizes of the first and the last half of the vector, and whether the first half stays. */
function halves(size: number, i: number) {
  const first = Math.ceil(size / 2);
  return { sizes: [first, size - first] as const, staysFirst: i % 2 === 0 };
}

type Halves = ReturnType<typeof halves>;

function step(
  z: tf.Tensor,
  i: number,
  { weights, features }: FlowContext,
  move: (half: tf.Tensor, s: tf.Tensor, t: tf.Tensor) => tf.Tensor,
): FlowResult {
  const { sizes, staysFirst } = halves(z.shape.at(-1)!, i);
  const own = within(weights, String(i));
  const [first, last] = tf.split(z, [...sizes], -1) as [tf.Tensor, tf.Tensor];
  const [staying, moving] = staysFirst ? [first, last] : [last, first];
  const seen = tf.add(linear(staying, own['hidden/kernel']!), own['hidden/bias']!);
  const told = features ? tf.add(seen, linear(features, own['context/kernel']!)) : seen;
  const outputs = tf.add(linear(tf.tanh(told), own['output/kernel']!), own['output/bias']!);
  const [raw, t] = tf.split(outputs, 2, -1) as [tf.Tensor, tf.Tensor];
  const s = tf.mul(2, tf.tanh(tf.mul(0.5, raw)));
  const moved = move(moving, s, t);
  return { z: tf.concat(staysFirst ? [first, moved] : [moved, last], -1), logDet: tf.sum(s, -1) };
}

function createWeights(rng: Rng, { sizes, staysFirst }: Halves, hidden: number, context: number): Variables {
  const [staying, moving] = staysFirst ? sizes : ([sizes[1], sizes[0]] as const);
  return {
    'hidden/kernel': glorotKernel(rng, staying, hidden),
    'hidden/bias': filled([hidden]),
    ...(context > 0 && { 'context/kernel': glorotKernel(rng, context, hidden) }),
    // The identity at the start.
    'output/kernel': filled([hidden, 2 * moving]),
    'output/bias': filled([2 * moving]),
  };
}
