import * as tf from '@tensorflow/tfjs';
import { expm1MinusX } from '../ops/expm1-minus-x';
import { withGradient } from '../ops/with-gradient';

/**
 * Elements of `KL(N(μ, e^lv) ‖ N(0, 1)) = ½ (μ² + g(lv))`, `g(x) = eˣ − 1 − x`, fused: one node on the tape with the
 * gradient `μ` and `½ (e^lv − 1)`, which keeps its precision near lv = 0.
 */
export function standardKlElements(mean: tf.Tensor, logVar: tf.Tensor): tf.Tensor {
  return withGradient(
    [mean, logVar],
    save => {
      const [value, curvature] = tf.tidy(() => {
        const g = expm1MinusX(logVar);
        return [tf.mul(0.5, tf.add(tf.square(mean), g)), g];
      }) as [tf.Tensor, tf.Tensor];
      save([mean, logVar, curvature]);
      return value;
    },
    (dy, [mu, lv, g]) => [tf.mul(dy, mu!), tf.mul(dy, tf.mul(0.5, tf.add(lv!, g!)))],
  );
}

/** Elements of the KL between two Normals: `½ [g(lv_q − lv_p) + (μ_q − μ_p)² e^(−lv_p)]`. */
export function gaussianKlElements(
  meanQ: tf.Tensor,
  logVarQ: tf.Tensor,
  meanP: tf.Tensor,
  logVarP: tf.Tensor,
): tf.Tensor {
  return tf.tidy(() => {
    const distance = tf.mul(tf.square(tf.sub(meanQ, meanP)), tf.exp(tf.neg(logVarP)));
    return tf.mul(0.5, tf.add(expm1MinusX(tf.sub(logVarQ, logVarP)), distance));
  });
}
