import * as tf from '@tensorflow/tfjs';
import { choose } from '../ops/choose';
import { log1pMinusX } from '../ops/log1p';
import { withoutGradient } from '../ops/without-gradient';
import type { SampleOptions } from './distribution';

/** A proposal is refused with a probability of 0.05 at most, so that 4e-11 of the draws are left to the median. */
const ROUNDS = 8;

/**
 * Logarithms of draws from Gamma(a, 1), without a gradient: for a small shape the draw itself is below all of float32.
 *
 * Marsaglia & Tsang 2000, "A simple method for generating gamma variables": with `d = a − ⅓` and `t = ε / (3√d)`,
 * `d·(1 + t)³` is accepted where `log u < d·[3·(log(1 + t) − t) + 1.5·t² − t³]`, which is their test with the terms
 * gathered that cancel for a large shape. For a < 1 it is a draw for a + 1, times `U^(1/a)`.
 *
 * @param concentration The shape parameter a, positive; of the given shape, or one that broadcasts to it.
 * @param shape The shape of one draw, `[batch, …event]`.
 * @returns `[...shape]` or `[samples, ...shape]`.
 */
export function drawLogGamma(
  concentration: tf.Tensor,
  shape: readonly number[],
  { rng, ...options }: SampleOptions,
): tf.Tensor {
  return withoutGradient([concentration], () => {
    const isSmall = tf.less(concentration, 1);
    const d = tf.sub(tf.add(concentration, tf.cast(isSmall, 'float32')), 1 / 3);
    const width = tf.div(1 / 3, tf.sqrt(d));
    let logCube: tf.Tensor = tf.zeros(options.samples ? [options.samples, ...shape] : [...shape]);
    // A later round takes the place of an earlier one: every accepted proposal is a draw.
    for (let round = 0; round < ROUNDS; round++) {
      logCube = tf.tidy(() => {
        const t = tf.mul(width, rng.normal(shape, options));
        const log1pMinusT = log1pMinusX(t);
        // log u of u in (0, 1].
        const logU = tf.log(tf.sub(1, rng.uniform(shape, options)));
        const cubic = tf.sub(tf.mul(1.5, tf.square(t)), tf.mul(t, tf.square(t)));
        const bound = tf.mul(d, tf.add(tf.mul(3, log1pMinusT), cubic));
        const isAccepted = tf.logicalAnd(tf.greater(t, -1), tf.less(logU, bound));
        return choose(isAccepted, tf.mul(3, tf.add(log1pMinusT, t)), logCube);
      });
    }
    // log U^(1/a), since −log U is exponential.
    const power = tf.div(rng.exponential(shape, options), concentration);
    return tf.sub(tf.add(tf.log(d), logCube), tf.mul(power, tf.cast(isSmall, 'float32')));
  });
}
