import * as tf from '@tensorflow/tfjs';
import { choose } from '../ops/choose';
import { expm1 } from '../ops/expm1';
import { logSinhcNear } from '../ops/log-sinhc';
import { log1pNear } from '../ops/log1p';
import { softplus } from '../ops/softplus';
import { sumToShape } from '../ops/sum-to-shape';
import { withGradient } from '../ops/with-gradient';

/** Up to this many levels, means are exact sums over all of them. */
const MANY = 32;

/**
 * The log-mass of each value under a logistic density that is rounded to levels, with a gradient by mean and log-scale.
 *
 * With the edges p, m of the bin of x on the [−1, 1] grid, both scaled, and Δ = p − m, it is exactly
 * `log σ(p) + log σ(−m) + log(1 − e^−Δ)`; the first bin has `log σ(p)` alone, the last `log σ(−m)`. The gradients are
 * `e^−s·(σ(m) − σ(−p))` and `m·σ(m) − p·σ(−p) − Δ/(e^Δ − 1)`, in which the terms of the size of 1/Δ are gone.
 *
 * @param x Values k / (levels − 1), of the shape of the parameters, or one that broadcasts with it. It has no gradient.
 */
export function levelLogMass(x: tf.Tensor, mean: tf.Tensor, logScale: tf.Tensor, levels: number): tf.Tensor {
  return withGradient(
    [mean, logScale],
    save => {
      save([mean, logScale, x]);
      return tf.tidy(() => {
        const { upper, lower, delta, isUpper, isLower, isInner } = binOf(x, mean, logScale, levels);
        const sides = tf.add(tf.mul(softplus(tf.neg(upper)), isUpper), tf.mul(softplus(lower), isLower));
        return tf.sub(tf.mul(gapLogMass(delta, logScale, levels), isInner), sides);
      });
    },
    (dy, [mu, s, value]) => {
      const { upper, lower, delta, inverse, isUpper, isLower, isInner } = binOf(value!, mu!, s!, levels);
      const above = tf.mul(tf.sigmoid(tf.neg(upper)), isUpper);
      const below = tf.mul(tf.sigmoid(lower), isLower);
      const narrow = tf.maximum(delta, 1e-37);
      const gap = tf.mul(tf.div(narrow, expm1(narrow)), isInner);
      const byScale = tf.sub(tf.sub(tf.mul(lower, below), tf.mul(upper, above)), gap);
      return [
        sumToShape(tf.mul(dy, tf.mul(inverse, tf.sub(below, above))), mu!.shape),
        sumToShape(tf.mul(dy, byScale), s!.shape),
      ];
    },
  );
}

/** Where x lies: the scaled edges of its bin, and 1 or 0 for whether the bin has that edge. */
function binOf(x: tf.Tensor, mean: tf.Tensor, logScale: tf.Tensor, levels: number) {
  const last = levels - 1;
  const index = tf.round(tf.mul(x, last));
  const inverse = inverseScale(logScale);
  const error = tf.sub(toGrid(index, levels), mean);
  const isUpper = tf.cast(tf.less(index, last), 'float32');
  const isLower = tf.cast(tf.greater(index, 0), 'float32');
  return {
    upper: tf.mul(tf.add(error, 1 / last), inverse),
    lower: tf.mul(tf.sub(error, 1 / last), inverse),
    delta: tf.mul(2 / last, inverse),
    inverse,
    isUpper,
    isLower,
    isInner: tf.mul(isUpper, isLower),
  };
}

/** `log(1 − e^−Δ)`, where Δ is small from the log-scale itself. */
function gapLogMass(delta: tf.Tensor, logScale: tf.Tensor, levels: number): tf.Tensor {
  const half = tf.mul(0.5, tf.minimum(delta, 1));
  const logDelta = tf.sub(Math.log(2 / (levels - 1)), logScale);
  const close = tf.sub(tf.add(logDelta, logSinhcNear(half)), half);
  return choose(tf.less(delta, 1), close, log1pNear(tf.neg(tf.exp(tf.neg(tf.maximum(delta, 1))))));
}

/** `e^−s`, bounded, since ∞ · 0 is NaN. */
function inverseScale(logScale: tf.Tensor): tf.Tensor {
  return tf.exp(tf.minimum(tf.neg(logScale), 80));
}

/** The levels 0 … L − 1 on the grid from −1 to 1, each rounded once. */
function toGrid(index: tf.Tensor, levels: number): tf.Tensor {
  return tf.div(tf.sub(tf.mul(2, index), levels - 1), levels - 1);
}

/** Values k / (L − 1) on the grid from −1 to 1. */
export function gridOf(x: tf.Tensor, levels: number): tf.Tensor {
  return toGrid(tf.round(tf.mul(x, levels - 1)), levels);
}

/** A logistic draw with this noise, rounded to the nearest level, as k / (L − 1). */
export function roundedDraw(mean: tf.Tensor, logScale: tf.Tensor, noise: tf.Tensor, levels: number): tf.Tensor {
  const last = levels - 1;
  const value = tf.add(mean, tf.mul(tf.exp(logScale), noise));
  return tf.div(tf.clipByValue(tf.round(tf.mul(tf.add(value, 1), last / 2)), 0, last), last);
}

/**
 * The mean of k / (L − 1): `Σ_j σ((μ − edge_j)·e^−s) / (L − 1)` over the edges between the bins, up to 32 levels. For
 * more it is that of the logistic clipped to [0, 1], which is within half a level.
 */
export function levelMean(mean: tf.Tensor, logScale: tf.Tensor, levels: number): tf.Tensor {
  const last = levels - 1;
  const inverse = inverseScale(logScale);
  if (levels > MANY) {
    const above = (edge: number) => softplus(tf.mul(tf.sub(mean, edge), inverse));
    return tf.clipByValue(tf.mul(tf.exp(logScale), tf.mul(0.5, tf.sub(above(-1), above(1)))), 0, 1);
  }
  const edges = Array.from({ length: last }, (_, j) => (2 * j + 1) / last - 1);
  const passed = edges.map(edge => tf.sigmoid(tf.mul(tf.sub(mean, edge), inverse)));
  // Not addN, which is wrong for many tensors on webgpu.
  return tf.div(
    passed.reduce((sum, one) => tf.add(sum, one)),
    last,
  );
}

/** @throws When a number of levels is not an integer above 1. */
export function checkLevels(owner: string, levels: number): void {
  if (Number.isSafeInteger(levels) && levels > 1) return;
  throw new Error(`${owner}: levels must be an integer above 1, such as 256 for bytes, got ${levels}`);
}
