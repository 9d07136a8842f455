import * as tf from '@tensorflow/tfjs';
import { phi } from '../ops/log1p';
import { stirlingRemainder, stirlingSlope } from '../ops/stirling';
import { sumToShape } from '../ops/sum-to-shape';
import { withGradient } from '../ops/with-gradient';

/** How near to a border a value may lie: 0 and 1 themselves are taken for it, where ∞ − ∞ would be NaN. */
export const NEAREST = 1e-30;

/**
 * Elements of the log-density of a Beta, one node on the tape. With n = α + β and `c = α·(1 − x) − β·x`:
 *
 * `−nx·φ(c/nx) − n(1 − x)·φ(−c/n(1 − x)) − log x − log(1 − x) + ½·log(αβ/2πn) + s(n) − s(α) − s(β)`,
 *
 * where `φ(u) = (1 + u)·log(1 + u) − u` and s is Stirling's remainder: the form of Loader 2000 for the binomial. The
 * gradient by α is `log x − log(α/n) + β/2αn + e(α) − e(n)`, that by β its mirror image.
 */
export function betaLogProb(x: tf.Tensor, { alpha, beta }: { alpha: tf.Tensor; beta: tf.Tensor }): tf.Tensor {
  return withGradient(
    [x, alpha, beta],
    save => {
      save([x, alpha, beta]);
      return tf.tidy(() => {
        const n = tf.add(alpha, beta);
        const { value, rest } = sides(x);
        const offset = tf.sub(tf.mul(alpha, rest), tf.mul(beta, value));
        const [low, high] = [tf.mul(n, value), tf.mul(n, rest)];
        const deviance = tf.add(tf.mul(low, phi(tf.div(offset, low))), tf.mul(high, phi(tf.neg(tf.div(offset, high)))));
        return tf.sub(tf.sub(logLevel(alpha, beta, n), deviance), tf.add(tf.log(value), tf.log(rest)));
      });
    },
    (dy, [v, a, b]) => {
      const n = tf.add(a!, b!);
      const { value, rest } = sides(v!);
      const byX = tf.sub(tf.div(tf.sub(a!, 1), value), tf.div(tf.sub(b!, 1), rest));
      const slope = stirlingSlope(n);
      return [
        sumToShape(tf.mul(dy, byX), v!.shape),
        sumToShape(tf.mul(dy, tf.sub(shapeSlope(tf.log(value), a!, b!, n), slope)), a!.shape),
        sumToShape(tf.mul(dy, tf.sub(shapeSlope(tf.log(rest), b!, a!, n), slope)), b!.shape),
      ];
    },
  );
}

/** x and 1 − x, neither of them 0. */
function sides(x: tf.Tensor): { value: tf.Tensor; rest: tf.Tensor } {
  return { value: tf.maximum(x, NEAREST), rest: tf.maximum(tf.sub(1, x), NEAREST) };
}

/** `½·log(αβ/2πn) + s(n) − s(α) − s(β)`. */
function logLevel(alpha: tf.Tensor, beta: tf.Tensor, n: tf.Tensor): tf.Tensor {
  const width = tf.mul(0.5, tf.log(tf.mul(tf.div(alpha, n), tf.div(beta, 2 * Math.PI))));
  return tf.add(width, tf.sub(stirlingRemainder(n), tf.add(stirlingRemainder(alpha), stirlingRemainder(beta))));
}

/** `log x − log(a/n) + b/2an + e(a)`. */
function shapeSlope(logX: tf.Tensor, a: tf.Tensor, b: tf.Tensor, n: tf.Tensor): tf.Tensor {
  const share = tf.div(a, n);
  return tf.add(tf.sub(logX, tf.log(share)), tf.add(tf.div(tf.div(b, n), tf.mul(2, a)), stirlingSlope(a)));
}
