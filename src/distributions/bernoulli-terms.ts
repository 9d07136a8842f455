import * as tf from '@tensorflow/tfjs';
import { choose } from '../ops/choose';
import { expm1MinusX } from '../ops/expm1-minus-x';
import { isFloat16 } from '../ops/float-16';
import { logMassKernel } from '../ops/log-mass-kernel';
import { log1pMinusXNear } from '../ops/log1p';
import { softplus } from '../ops/softplus';
import { sumToShape } from '../ops/sum-to-shape';
import { withGradient } from '../ops/with-gradient';
import { sumEvent } from './shapes';

/** The largest float32, and a factor that takes it, or a share of it, to ∞. */
const LARGEST = 2 ** 128 - 2 ** 104;
const BEYOND = 2 ** 64;

/**
 * `log p(x) = −[max(l, 0) − x·l + log(1 + e^−|l|)]`, summed over the last `eventRank` axes, with the gradient `x − σ(l)`
 * by the logits and `l` by x: one node on the tape.
 *
 * Where x is sure under l, the first two terms are an exact 0 and leave the digits of the third; `x·l − softplus(l)`
 * would subtract numbers of the size of l.
 */
export function logMass(logits: tf.Tensor, x: tf.Tensor, eventRank: number): tf.Tensor {
  return withGradient(
    [logits, x],
    save => {
      save([logits, x]);
      return tf.tidy(() => sumEvent(massElements(logits, x), eventRank));
    },
    (dy, [l, value]) => {
      const each = tf.reshape(dy, [...dy.shape, ...Array<number>(eventRank).fill(1)]);
      return [
        sumToShape(tf.mul(each, tf.sub(value!, tf.sigmoid(l!))), l!.shape),
        sumToShape(tf.mul(each, l!), value!.shape),
      ];
    },
  );
}

function massElements(logits: tf.Tensor, x: tf.Tensor): tf.Tensor {
  const alike = logits.dtype === 'float32' && x.dtype === 'float32' && tf.util.arraysEqual(logits.shape, x.shape);
  if (alike && tf.getKernel(logMassKernel, tf.getBackend())) return tf.engine().runKernel(logMassKernel, { logits, x });
  // Infinite logits are clipped, since 0 · ∞ would be NaN. The cost of an impossible x still overflows to ∞ below.
  const finite = tf.clipByValue(logits, -LARGEST, LARGEST);
  const linear = tf.mul(tf.sub(x, tf.step(finite)), finite);
  // 16-bit floats have no room on the way.
  const whole = isFloat16() ? linear : tf.mul(tf.mul(linear, BEYOND), 1 / BEYOND);
  return tf.sub(whole, softplus(tf.mul(-1, tf.abs(logits))));
}

/** Elements of the entropy, `log(1 + e^−|l|) + |l|·σ(−|l|)`, with the gradient `−l·σ(l)·σ(−l)`: nothing cancels. */
export function entropyElements(logits: tf.Tensor): tf.Tensor {
  const l = bounded(logits);
  return withGradient(
    [l],
    save => {
      save([l]);
      return tf.tidy(() => {
        const size = tf.abs(l);
        const away = tf.neg(size);
        return tf.add(softplus(away), tf.mul(size, tf.sigmoid(away)));
      });
    },
    (dy, [saved]) => [tf.neg(tf.mul(dy, tf.mul(saved!, slope(saved!))))],
  );
}

/**
 * Elements of `KL(σ(q) ‖ σ(p))`, with the gradients `σ(q)·σ(−q)·(q − p)` and `σ(p) − σ(q)`.
 *
 * With the signs turned so that q ≤ 0, s = σ(q) and δ = p − q it is `log(1 + s·(e^δ − 1)) − s·δ`. For |δ| < 1 that is
 * `s·(e^δ − 1 − δ) + log(1 + w) − w`, w = s·(e^δ − 1), whose terms differ by half or more; outside
 * `softplus(p) − softplus(q) − s·δ`.
 */
export function bernoulliKlElements(logitsQ: tf.Tensor, logitsP: tf.Tensor): tf.Tensor {
  const [q, p] = [bounded(logitsQ), bounded(logitsP)];
  return withGradient(
    [q, p],
    save => {
      save([q, p]);
      return tf.tidy(() => klValue(q, p));
    },
    (dy, [a, b]) => {
      const difference = tf.sub(b!, a!);
      const byQ = tf.neg(tf.mul(slope(a!), difference));
      return [sumToShape(tf.mul(dy, byQ), a!.shape), sumToShape(tf.mul(dy, sigmoidStep(a!, b!, difference)), b!.shape)];
    },
  );
}

function klValue(q: tf.Tensor, p: tf.Tensor): tf.Tensor {
  const turn = tf.sub(1, tf.mul(2, tf.step(q)));
  const difference = tf.mul(turn, tf.sub(p, q));
  const [low, other] = [tf.mul(turn, q), tf.mul(turn, p)];
  const share = tf.sigmoid(low);
  const near = tf.clipByValue(difference, -1, 1);
  const curvature = expm1MinusX(near);
  const close = tf.add(tf.mul(share, curvature), log1pMinusXNear(tf.mul(share, tf.add(near, curvature))));
  const far = tf.sub(tf.sub(softplus(other), softplus(low)), tf.mul(share, difference));
  return choose(tf.equal(near, difference), close, far);
}

/** `σ(p) − σ(q)` = `σ(p)·σ(−q)·(1 − e^−δ)` for δ = p − q ≥ 0, else its mirror image; far out it is never 1 − 1. */
function sigmoidStep(q: tf.Tensor, p: tf.Tensor, difference: tf.Tensor): tf.Tensor {
  const up = tf.step(difference);
  const rising = tf.mul(up, tf.mul(tf.sigmoid(p), tf.sigmoid(tf.neg(q))));
  const falling = tf.mul(tf.sub(1, up), tf.mul(tf.sigmoid(tf.neg(p)), tf.sigmoid(q)));
  const size = tf.abs(difference);
  const near = tf.minimum(size, 1);
  const gone = choose(tf.equal(near, size), tf.sub(near, expm1MinusX(tf.neg(near))), tf.sub(1, tf.exp(tf.neg(size))));
  return tf.mul(tf.sub(rising, falling), gone);
}

/** `σ′(l) = σ(l)·σ(−l)`. */
function slope(l: tf.Tensor): tf.Tensor {
  return tf.mul(tf.sigmoid(l), tf.sigmoid(tf.neg(l)));
}

/** Replaces infinite logits by large finite ones: their σ is the same, and 0 times them is 0. */
function bounded(l: tf.Tensor): tf.Tensor {
  return tf.clipByValue(l, -1e30, 1e30);
}
