import * as tf from '@tensorflow/tfjs';
import { choose } from '../ops/choose';
import { expm1MinusX } from '../ops/expm1-minus-x';
import { isFloat16 } from '../ops/float-16';
import { sumToShape } from '../ops/sum-to-shape';
import { withGradient } from '../ops/with-gradient';
import type { SampleOptions } from './distribution';

/** A factor that takes −1e30 to −∞. */
const BEYOND = 2 ** 64;

/** The log-probability of each class, `[…, classes]`. That of an impossible one is finite, since 0 · (−∞) would be NaN. */
export function logProbabilities(logits: tf.Tensor): tf.Tensor {
  const largest = isFloat16() ? 6e4 : 1e30;
  return tf.logSoftmax(tf.clipByValue(logits, -largest, largest));
}

/** `Σ t·log p` over the classes: log p of a one-hot vector, minus the cross-entropy of soft targets. */
export function targetLogMass(logits: tf.Tensor, target: tf.Tensor): tf.Tensor {
  return tf.sum(tf.mul(target, logProbabilities(logits)), -1);
}

/** A log-probability of −1e30 and below as −∞, which is what it stands for. */
export function withInfinities(logProb: tf.Tensor): tf.Tensor {
  return isFloat16() ? logProb : tf.mul(tf.mul(logProb, BEYOND), 1 / BEYOND);
}

/**
 * One-hot vectors `[…, classes]` of class indices; zeros alone where there is no such class. Not tf.oneHot: that of wasm
 * writes integers.
 */
export function oneHotOf(index: tf.Tensor, classes: number): tf.Tensor {
  const own = tf.expandDims(tf.cast(index, 'float32'), -1);
  return tf.cast(tf.equal(own, indicesAlong(own.rank, classes)), 'float32');
}

/**
 * The class indices along the last of this many axes: webgpu reads a list of numbers wrongly beside five axes, which
 * test/parity tells.
 */
export function indicesAlong(rank: number, classes: number): tf.Tensor {
  return tf.reshape(tf.range(0, classes), [...Array<number>(rank - 1).fill(1), classes]);
}

/** Draws of a class index by the largest of `logits + Gumbel` (Gumbel 1954; Maddison et al. 2014). No gradient. */
export function drawIndex(logits: tf.Tensor, { rng, ...options }: SampleOptions): tf.Tensor {
  return tf.argMax(tf.add(logits, rng.gumbel(logits.shape, options)), -1);
}

/** `−Σ π log π` over the classes. */
export function entropyOverClasses(logits: tf.Tensor): tf.Tensor {
  const logP = logProbabilities(logits);
  return tf.neg(tf.sum(tf.mul(tf.exp(logP), logP), -1));
}

/**
 * `KL(π ‖ ρ)` over the classes, as `Σ [ρ − π − π·d]`, `d = log ρ − log π`: no term is negative. Near d = 0 a term is
 * `π·(e^d − 1 − d)`, which keeps its digits. The gradients are `−π·(d + KL)` and `ρ − π`.
 */
export function klOverClasses(logitsQ: tf.Tensor, logitsP: tf.Tensor): tf.Tensor {
  return withGradient(
    [logitsQ, logitsP],
    save => {
      save([logitsQ, logitsP]);
      return tf.tidy(() => withInfinities(klOf(logProbabilities(logitsQ), logProbabilities(logitsP))));
    },
    (dy, [a, b]) => {
      const [q, p] = [logProbabilities(a!), logProbabilities(b!)];
      const [each, pi] = [tf.expandDims(dy, -1), tf.exp(q)];
      const slope = tf.mul(pi, tf.add(tf.sub(p, q), tf.expandDims(klOf(q, p), -1)));
      return [
        sumToShape(tf.neg(tf.mul(each, slope)), a!.shape),
        sumToShape(tf.mul(each, tf.sub(tf.exp(p), pi)), b!.shape),
      ];
    },
  );
}

function klOf(q: tf.Tensor, p: tf.Tensor): tf.Tensor {
  const [pi, rho] = [tf.exp(q), tf.exp(p)];
  const difference = tf.sub(p, q);
  const near = tf.clipByValue(difference, -1, 1);
  const close = tf.mul(pi, expm1MinusX(near));
  const far = tf.sub(tf.sub(rho, pi), tf.mul(pi, difference));
  return tf.sum(choose(tf.equal(near, difference), close, far), -1);
}
