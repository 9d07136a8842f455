import * as tf from '@tensorflow/tfjs';
import { choose } from '../ops/choose';
import { log1p } from '../ops/log1p';
import { binomialMass } from './count-mass';

/** As in draw-poisson.ts: from this mean on by rejection, below by search. */
const LARGE = 10;
const ROUNDS = 16;
const GRAIN = 2 ** -25;
const STEPS = 33;

/**
 * Draws of a binomial by tensor operations alone. It has no gradient, and is to be called where none is recorded.
 *
 * @param trials n, whole numbers of 0 or more.
 * @param share p from 0 to 1, of the same shape.
 * @param uniform Fresh uniform numbers of that shape.
 */
export function drawBinomial(trials: tf.Tensor, share: tf.Tensor, uniform: () => tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    // Successes of the rarer kind.
    const isCommon = tf.greater(share, 0.5);
    const p = choose(isCommon, tf.sub(1, share), share);
    const isLarge = tf.greaterEqual(tf.mul(trials, p), LARGE);
    // Each method gets numbers that it can draw from, also where the other one's result is taken.
    const few = choose(isLarge, tf.zerosLike(trials), trials);
    const many = choose(isLarge, trials, tf.fill(trials.shape, 4 * LARGE));
    const even = choose(isLarge, p, tf.fill(p.shape, 0.5));
    const rare = choose(isLarge, rejected(many, even, uniform), searched(few, p, uniform()));
    return choose(isCommon, tf.sub(trials, rare), rare);
  });
}

/** The number of k whose `P(X ≤ k)` lies below u. */
function searched(n: tf.Tensor, p: tf.Tensor, u: tf.Tensor): tf.Tensor {
  const odds = tf.div(p, tf.sub(1, p));
  let mass: tf.Tensor = tf.exp(tf.mul(n, log1p(tf.neg(p))));
  let below: tf.Tensor = mass;
  let found: tf.Tensor = tf.zerosLike(n);
  for (let k = 0; k < STEPS; k++) {
    [mass, below, found] = tf.tidy(() => {
      const isPast = tf.logicalAnd(tf.greaterEqual(u, below), tf.greater(mass, GRAIN));
      const left = tf.maximum(tf.sub(n, k), 0);
      const next = tf.mul(mass, tf.mul(tf.div(left, k + 1), odds));
      return [next, tf.add(below, next), tf.add(found, tf.cast(isPast, 'float32'))];
    }) as [tf.Tensor, tf.Tensor, tf.Tensor];
  }
  return tf.minimum(found, n);
}

/** BTRS, the transformed rejection of Hörmann 1993, "The generation of binomial random variates". */
function rejected(n: tf.Tensor, p: tf.Tensor, uniform: () => tf.Tensor): tf.Tensor {
  const mean = tf.mul(n, p);
  const spread = tf.sqrt(tf.mul(mean, tf.sub(1, p)));
  const b = tf.add(1.15, tf.mul(2.53, spread));
  const a = tf.add(tf.add(-0.0873, tf.mul(0.0248, b)), tf.mul(0.01, p));
  const logAlpha = tf.log(tf.mul(tf.add(2.83, tf.div(5.1, b)), spread));
  const mode = tf.floor(tf.mul(tf.add(n, 1), p));
  const highest = binomialMass(mode, n, p);
  let drawn: tf.Tensor = mode;
  // A later round takes the place of an earlier one: every accepted proposal is a draw.
  for (let round = 0; round < ROUNDS; round++) {
    drawn = tf.tidy(() => {
      const u = tf.sub(uniform(), 0.5);
      const edge = tf.maximum(tf.sub(0.5, tf.abs(u)), 2 ** -25);
      const slope = tf.add(tf.div(tf.mul(2, a), edge), b);
      const k = tf.floor(tf.add(tf.add(tf.mul(slope, u), mean), 0.5));
      const inside = tf.minimum(tf.maximum(k, 0), n);
      // log v of v in (0, 1].
      const logV = tf.log(tf.sub(1, uniform()));
      const density = tf.log(tf.add(tf.div(a, tf.square(edge)), b));
      const bound = tf.sub(binomialMass(inside, n, p), highest);
      const isBelow = tf.lessEqual(tf.sub(tf.add(logV, logAlpha), density), bound);
      return choose(tf.logicalAnd(tf.equal(inside, k), isBelow), k, drawn);
    });
  }
  return drawn;
}
