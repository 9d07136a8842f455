import * as tf from '@tensorflow/tfjs';
import { log1p } from '../ops/log1p';
import { stirlingRemainder, stirlingSlope } from '../ops/stirling';
import { sumToShape } from '../ops/sum-to-shape';
import { withGradient } from '../ops/with-gradient';

/**
 * Elements of the log-density of a Student-t, one node on the tape. With `a = ν/2` and `w = ((x − μ)/σ)²/ν`:
 *
 * `(a − ½)·log1p(1/2a) − ½ + s(a + ½) − s(a) + ½·log((a + ½)/2πa) − log σ − (a + ½)·log1p(w)`,
 *
 * where s is Stirling's remainder. The gradient by ν is
 * `½·[log1p(1/ν) − 1/(ν + 1) + e(a) − e(a + ½) − log1p(w) + (1 + 1/ν)·w/(1 + w)]`.
 */
export function studentTLogProb(
  x: tf.Tensor,
  { loc, scale, df }: { loc: tf.Tensor; scale: tf.Tensor; df: tf.Tensor },
): tf.Tensor {
  return withGradient(
    [x, loc, scale, df],
    save => {
      save([x, loc, scale, df]);
      return tf.tidy(() => {
        const a = tf.mul(0.5, df);
        const cost = tf.mul(tf.add(a, 0.5), log1p(squareOver(x, loc, scale, df)));
        return tf.sub(tf.sub(logNormaliser(a), tf.log(scale)), cost);
      });
    },
    (dy, [v, mu, sigma, nu]) => {
      const w = squareOver(v!, mu!, sigma!, nu!);
      const share = tf.div(w, tf.add(1, w));
      const slope = tf.div(
        tf.mul(tf.add(nu!, 1), tf.sub(v!, mu!)),
        tf.mul(tf.square(sigma!), tf.mul(nu!, tf.add(1, w))),
      );
      const byLoc = tf.mul(dy, slope);
      const byScale = tf.div(tf.sub(tf.mul(tf.add(nu!, 1), share), 1), sigma!);
      const more = tf.reciprocal(nu!);
      const byDf = tf.mul(0.5, tf.add(normaliserSlope(nu!), tf.sub(tf.mul(tf.add(1, more), share), log1p(w))));
      return [
        sumToShape(tf.neg(byLoc), v!.shape),
        sumToShape(byLoc, mu!.shape),
        sumToShape(tf.mul(dy, byScale), sigma!.shape),
        sumToShape(tf.mul(dy, byDf), nu!.shape),
      ];
    },
  );
}

/** `((x − μ)/σ)²/ν`. */
function squareOver(x: tf.Tensor, loc: tf.Tensor, scale: tf.Tensor, df: tf.Tensor): tf.Tensor {
  return tf.div(tf.square(tf.div(tf.sub(x, loc), scale)), df);
}

/** `lgamma(a + ½) − lgamma(a) − ½·log 2πa`. */
function logNormaliser(a: tf.Tensor): tf.Tensor {
  const next = tf.add(a, 0.5);
  const growth = tf.sub(tf.mul(tf.sub(a, 0.5), log1p(tf.div(0.5, a))), 0.5);
  const remainders = tf.sub(stirlingRemainder(next), stirlingRemainder(a));
  return tf.add(tf.add(growth, remainders), tf.mul(0.5, tf.log(tf.div(tf.div(next, a), 2 * Math.PI))));
}

/** `log1p(1/ν) − 1/(ν + 1) + e(a) − e(a + ½)`. */
function normaliserSlope(df: tf.Tensor): tf.Tensor {
  const a = tf.mul(0.5, df);
  const slopes = tf.sub(stirlingSlope(a), stirlingSlope(tf.add(a, 0.5)));
  return tf.add(tf.sub(log1p(tf.reciprocal(df)), tf.reciprocal(tf.add(df, 1))), slopes);
}
