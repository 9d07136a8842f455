import * as tf from '@tensorflow/tfjs';
import { choose } from '../ops/choose';
import { withoutGradient } from '../ops/without-gradient';
import { poissonMass } from './count-mass';
import type { SampleOptions } from './distribution';

/** From this rate on, draws are made by rejection, below by search. */
const LARGE = 10;
/** A proposal is refused with a probability of ⅓ at most, so that 2e-8 of the draws are left to the rounded rate. */
const ROUNDS = 16;
/** Below this, terms of the sum are finer than the uniform numbers; at a rate of 10 that is from 33 on. */
const GRAIN = 2 ** -25;
const STEPS = 33;

/**
 * Draws of a Poisson by tensor operations alone, nothing of which is read back, and without a gradient.
 *
 * @param rate m, of the given shape or one that broadcasts to it (also behind a sample axis).
 * @param shape The shape of one draw, `[batch, …event]`.
 * @returns `[...shape]` or `[samples, ...shape]`.
 */
export function drawPoisson(rate: tf.Tensor, shape: readonly number[], { rng, ...options }: SampleOptions): tf.Tensor {
  const uniform = () => rng.uniform(shape, options);
  return withoutGradient([rate], () => {
    const full = tf.broadcastTo(rate, options.samples ? [options.samples, ...shape] : [...shape]);
    const isLarge = tf.greaterEqual(full, LARGE);
    // Each method gets a rate that it can draw from, also where the other one's result is taken.
    const small = searched(tf.minimum(full, LARGE), uniform());
    return choose(isLarge, rejected(tf.maximum(full, LARGE), uniform), small);
  });
}

/** The number of k whose `P(X ≤ k)` lies below u. */
function searched(rate: tf.Tensor, u: tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    let mass: tf.Tensor = tf.exp(tf.neg(rate));
    let below: tf.Tensor = mass;
    let found: tf.Tensor = tf.zerosLike(rate);
    for (let k = 1; k <= STEPS; k++) {
      [mass, below, found] = tf.tidy(() => {
        const isPast = tf.logicalAnd(tf.greaterEqual(u, below), tf.greater(mass, GRAIN));
        const next = tf.mul(mass, tf.div(rate, k));
        return [next, tf.add(below, next), tf.add(found, tf.cast(isPast, 'float32'))];
      }) as [tf.Tensor, tf.Tensor, tf.Tensor];
    }
    return found;
  });
}

/** PTRS, the transformed rejection of Hörmann 1993, "The transformed rejection method for generating Poisson random variables". */
function rejected(rate: tf.Tensor, uniform: () => tf.Tensor): tf.Tensor {
  const b = tf.add(0.931, tf.mul(2.53, tf.sqrt(rate)));
  const a = tf.add(-0.059, tf.mul(0.02483, b));
  const logInverseAlpha = tf.log(tf.add(1.1239, tf.div(1.1328, tf.sub(b, 3.4))));
  let drawn: tf.Tensor = tf.round(rate);
  // A later round takes the place of an earlier one: every accepted proposal is a draw.
  for (let round = 0; round < ROUNDS; round++) {
    drawn = tf.tidy(() => {
      const u = tf.sub(uniform(), 0.5);
      const edge = tf.maximum(tf.sub(0.5, tf.abs(u)), 2 ** -25);
      const slope = tf.add(tf.div(tf.mul(2, a), edge), b);
      const k = tf.floor(tf.add(tf.add(tf.mul(slope, u), rate), 0.43));
      // log v of v in (0, 1].
      const logV = tf.log(tf.sub(1, uniform()));
      const density = tf.log(tf.add(tf.div(a, tf.square(edge)), b));
      const bound = poissonMass(tf.maximum(k, 0), rate);
      const isBelow = tf.lessEqual(tf.sub(tf.add(logV, logInverseAlpha), density), bound);
      return choose(tf.logicalAnd(tf.greaterEqual(k, 0), isBelow), k, drawn);
    });
  }
  return drawn;
}
