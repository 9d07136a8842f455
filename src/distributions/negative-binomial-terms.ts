import * as tf from '@tensorflow/tfjs';
import { choose } from '../ops/choose';
import { log1pMinusXNear, phi } from '../ops/log1p';
import { negativeBinomialGradKernel, negativeBinomialKernel } from '../ops/negative-binomial-kernels';
import { stirlingRemainder, stirlingSlope } from '../ops/stirling';
import { sumToShape } from '../ops/sum-to-shape';
import { withGradient } from '../ops/with-gradient';
import { orderMass } from './count-mass';

/** Means and dispersions are taken from e^−40 to e^40, so that float32 holds all that is made of them. */
const WIDEST = 40;

/**
 * `log p(x)` of each element of a negative binomial, one node on the tape, without a gradient by x.
 *
 * With m the mean, r the dispersion, n = x + r and w = r + m, in the saddle-point form of Loader 2000:
 * `−(n·r/w)·φ((m − x)/n) − (n·m/w)·φ((r/n)·(x − m)/m) + s(n) − s(r) − s(x) + ½·log((r/n)/(2πx))`, the last four for
 * x > 0 alone. The textbook form, with differences of lgammas, is 600 nats off in float32 at r = 1e9.
 *
 * Gradients: by log m `r·(x − m)/w`; by log r `r·[log(n/w) − v + x/(2rn) + e(r) − e(n)]`, v = (x − m)/w.
 */
export function negativeBinomialMass(logMean: tf.Tensor, logDispersion: tf.Tensor, x: tf.Tensor): tf.Tensor {
  return withGradient(
    [logMean, logDispersion],
    save => {
      if (!hasKernels(logMean, logDispersion, x)) {
        save([logMean, logDispersion, x]);
        return mass(logMean, logDispersion, x);
      }
      const results = tf.engine().runKernel<tf.Tensor[]>(negativeBinomialKernel, { logMean, logDispersion, x });
      const [value, byMean, byDispersion] = results as [tf.Tensor, tf.Tensor, tf.Tensor];
      save([logMean, logDispersion, byMean, byDispersion]);
      return value;
    },
    (dy, saved) => {
      const [mean, dispersion, third, byDispersion] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor?];
      if (!byDispersion) return slopes(dy, mean, dispersion, third);
      const inputs = { dy, logMean: mean, logDispersion: dispersion, byMean: third, byDispersion };
      return tf.engine().runKernel<tf.Tensor[]>(negativeBinomialGradKernel, inputs);
    },
  );
}

/** `e^t`, within what float32 can hold the squares of. */
export function boundedExp(t: tf.Tensor): tf.Tensor {
  return tf.exp(tf.clipByValue(t, -WIDEST, WIDEST));
}

function mass(logMean: tf.Tensor, logDispersion: tf.Tensor, x: tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    const [m, r] = [boundedExp(logMean), boundedExp(logDispersion)];
    const [n, w] = [tf.add(x, r), tf.add(r, m)];
    const excess = tf.sub(x, m);
    const share = tf.div(r, n);
    const ofSize = tf.mul(tf.div(r, w), phi(tf.div(tf.neg(excess), n)));
    // φ(−1) = 1 for x = 0.
    const ofMean = tf.mul(tf.div(m, w), phi(tf.mul(share, tf.div(excess, m))));
    const remainders = tf.sub(stirlingRemainder(n), stirlingRemainder(r));
    const order = tf.mul(tf.step(x), tf.add(remainders, tf.mul(0.5, tf.log(share))));
    return tf.sub(tf.sub(order, orderMass(x)), tf.mul(n, tf.add(ofSize, ofMean)));
  });
}

function slopes(dy: tf.Tensor, logMean: tf.Tensor, logDispersion: tf.Tensor, x: tf.Tensor): tf.Tensor[] {
  const [m, r] = [boundedExp(logMean), boundedExp(logDispersion)];
  const [n, w] = [tf.add(x, r), tf.add(r, m)];
  const v = tf.div(tf.sub(x, m), w);
  const near = tf.clipByValue(v, -0.5, 1);
  // Near v = −1, 1 + v has no digits left, but n/w has all of them.
  const logRatio = choose(tf.equal(near, v), log1pMinusXNear(near), tf.sub(tf.log(tf.div(n, w)), v));
  const large = tf.mul(r, tf.add(logRatio, tf.sub(stirlingSlope(r), stirlingSlope(n))));
  const byDispersion = tf.add(large, tf.mul(0.5, tf.div(x, n)));
  return [
    sumToShape(tf.mul(dy, tf.mul(r, v)), logMean.shape),
    sumToShape(tf.mul(dy, byDispersion), logDispersion.shape),
  ];
}

/** Whether the kernels are there, and the tensors are such as they take. */
function hasKernels(...tensors: readonly [tf.Tensor, tf.Tensor, tf.Tensor]): boolean {
  const shape = tensors.reduce((longest: number[], t) => (t.rank > longest.length ? t.shape : longest), []);
  const isTaken = (t: tf.Tensor) =>
    t.dtype === 'float32' && tf.util.arraysEqual(t.shape, shape.slice(shape.length - t.rank));
  return tensors.every(isTaken) && Boolean(tf.getKernel(negativeBinomialKernel, tf.getBackend()));
}
