import * as tf from '@tensorflow/tfjs';
import { choose } from '../ops/choose';
import { trigamma } from '../ops/digamma';
import { expm1 } from '../ops/expm1';
import { digammaDifference, lgammaDifference } from '../ops/lgamma-difference';
import { log1p, log1pNear } from '../ops/log1p';
import { sumToShape } from '../ops/sum-to-shape';
import { withGradient } from '../ops/with-gradient';
import type { SampleOptions } from './distribution';
import { drawCosine } from './draw-cosine';
import { logSurface } from './sphere';

/** `log q` at the mode less `lgamma(a + b) − lgamma(a)`: `−2b·log 2 − b·log π`. */
const constantOf = (b: number) => -b * (2 * Math.LN2 + Math.log(Math.PI));

/** `lgamma(a + b) − lgamma(a) − 2b·log 2 − b·log π`, `a = b + κ`, `b = (size − 1)/2`: the log-density at the mean. */
export function logPeak(concentration: tf.Tensor, size: number): tf.Tensor {
  const b = (size - 1) / 2;
  return tf.add(lgammaDifference(tf.add(concentration, b), tf.scalar(b)), constantOf(b));
}

/**
 * The KL to the uniform distribution, `log q(peak) − κ·(ψ(a + b) − ψ(a)) + log|S|`, with the constants put together in
 * float64: one node on the tape, with the gradient `κ·(ψ′(a) − ψ′(a + b))`.
 */
export function klToUniform(concentration: tf.Tensor, size: number): tf.Tensor {
  const b = (size - 1) / 2;
  return withGradient(
    [concentration],
    save => {
      save([concentration]);
      return tf.tidy(() => {
        const [a, step] = [tf.add(concentration, b), tf.scalar(b)];
        const fall = tf.mul(concentration, digammaDifference(a, step));
        return tf.add(tf.sub(lgammaDifference(a, step), fall), constantOf(b) + logSurface(size));
      });
    },
    (dy, [kappa]) => {
      const a = tf.add(kappa!, b);
      return [tf.mul(dy, tf.mul(kappa!, tf.sub(trigamma(a), trigamma(tf.add(a, b)))))];
    },
  );
}

/**
 * `log((1 + μᵀx) / 2)` of unit vectors, from their distance, so that it keeps its digits near the mean and at the far
 * side: `log1p(−|x − μ|²/4)`, or `log(|x + μ|²/4)` where they are more than a right angle apart. Its gradients are those
 * of this form: along the sphere they are the only ones.
 */
export function logCloseness(x: tf.Tensor, mean: tf.Tensor): tf.Tensor {
  const parts = (value: tf.Tensor, mu: tf.Tensor) => {
    const [apart, sum] = [tf.sub(value, mu), tf.add(value, mu)];
    const gap = tf.mul(0.25, tf.sum(tf.square(apart), -1, true));
    return { apart, sum, gap, rest: tf.mul(0.25, tf.sum(tf.square(sum), -1, true)), isNear: tf.less(gap, 0.5) };
  };
  return withGradient(
    [x, mean],
    save => {
      save([x, mean]);
      return tf.tidy(() => {
        const { gap, rest, isNear } = parts(x, mean);
        const near = log1pNear(tf.neg(tf.minimum(gap, 0.5)));
        return tf.squeeze(choose(isNear, near, tf.log(tf.maximum(rest, 1e-30))), [-1]);
      });
    },
    (dy, [value, mu]) => {
      const { apart, sum, gap, rest, isNear } = parts(value!, mu!);
      const share = tf.mul(0.5, tf.expandDims(dy, -1));
      const zero = tf.zerosLike(gap);
      const pull = tf.mul(apart, choose(isNear, tf.div(share, tf.sub(1, tf.minimum(gap, 0.5))), zero));
      const push = tf.mul(sum, choose(isNear, zero, tf.div(share, tf.maximum(rest, 1e-30))));
      return [sumToShape(tf.sub(push, pull), value!.shape), sumToShape(tf.add(push, pull), mu!.shape)];
    },
  );
}

/**
 * `−log z` of `z ~ Beta(b + κ, b)`, `[…lead]`, without rejection: `Σ E_j/(a + j)` over `j < b` of exponential draws, where
 * b is whole. Where it is m + ½, a draw of Beta(a, ½) comes first, by Bailey's polar method:
 * `log1p((e^(E/a) − 1)·cos² 2πV) + Σ E_j/(a + ½ + j)`. The gradient by κ is that of these formulas.
 */
export function negativeLogDraw(
  concentration: tf.Tensor,
  lead: readonly number[],
  size: number,
  { rng, ...options }: SampleOptions,
): tf.Tensor {
  const b = (size - 1) / 2;
  const whole = Math.floor(b);
  const a = tf.add(concentration, b);
  const terms: tf.Tensor[] = [];
  if (b > whole) {
    const turn = drawCosine(lead, { rng, ...options });
    terms.push(log1p(tf.mul(expm1(tf.div(rng.exponential(lead, options), a)), tf.square(turn))));
  }
  if (whole > 0) {
    const rates = tf.add(tf.expandDims(a, -1), tf.range(b - whole, b - whole + whole));
    terms.push(tf.sum(tf.div(rng.exponential([...lead, whole], options), rates), -1));
  }
  return tf.addN(terms);
}
