import * as tf from '@tensorflow/tfjs';
import { checkCount } from '../ops/check';
import { checkKeys } from '../ops/check-keys';
import { softplus } from '../ops/softplus';
import { defineFlow, type FlowResult } from './flow';
import { through } from './through';

/** What `planarFlow` takes. */
export type PlanarFlowOptions = {
  /** How many maps, one after the other. Default 8. */
  steps?: number;
};

/**
 * Maps that stretch space along a plane, each with one hidden unit: `z′ = z + û·tanh(wᵀz + b)`.
 *
 * u, w and b of every step are outputs of the encoder, `steps · (2D + 1)` numbers. `û` is u moved along w until the map
 * is invertible, `wᵀû = softplus(wᵀu) − 1 > −1`. `log det = log(t² + (1 − t²)·softplus(wᵀu))` with `t = tanh(wᵀz + b)`,
 * which is `log |1 + (1 − t²)·wᵀû|` as a sum of what is not negative. Rezende & Mohamed 2015 (arXiv 1505.05770,
 * equations 10 to 12 and appendix A.1).
 *
 * It splits modes where affine flows cannot. It has no inverse, so that the density of values from elsewhere is unknown:
 * take it for posteriors, and another flow for priors.
 *
 * @throws When `steps` is not a positive integer.
 * @example
 * ```ts
 * const posterior = flowFamily({ base: normalFamily(), flow: [planarFlow({ steps: 8 })] });
 * ```
 */
export const planarFlow = /* @__PURE__ */ defineFlow('planarFlow', (options: PlanarFlowOptions, owner) => {
  checkKeys(owner, options, ['steps']);
  const { steps = 8 } = options;
  checkCount(owner, 'steps', steps);
  return {
    features: size => steps * (2 * size + 1),
    forward(z, { features }) {
      const size = z.shape.at(-1)!;
      const all = tf.split(features!, Array.from({ length: steps }, () => [size, size, 1]).flat(), -1);
      const parameters = Array.from({ length: steps }, (_, i) => all.slice(3 * i, 3 * i + 3) as Parameters);
      return through(z, parameters, step);
    },
  };
});

/** u, w and b of a step. */
type Parameters = [u: tf.Tensor, w: tf.Tensor, b: tf.Tensor];

function step(z: tf.Tensor, [u, w, b]: Parameters): FlowResult {
  const product = tf.sum(tf.mul(w, u), -1, true);
  const stretch = softplus(product);
  const direction = tf.div(w, tf.add(tf.sum(tf.square(w), -1, true), 1e-12));
  const bounded = tf.add(u, tf.mul(tf.sub(tf.sub(stretch, 1), product), direction));
  const t = tf.tanh(tf.add(tf.sum(tf.mul(w, z), -1, true), b));
  const square = tf.square(t);
  const determinant = tf.add(square, tf.mul(tf.sub(1, square), stretch));
  return { z: tf.add(z, tf.mul(bounded, t)), logDet: tf.squeeze(tf.log(determinant), [-1]) };
}
