import * as tf from '@tensorflow/tfjs';
import { sumToShape } from '../ops/sum-to-shape';
import { withGradient } from '../ops/with-gradient';
import { logProbabilities, withInfinities } from './categorical-terms';
import { poissonMass } from './count-mass';

/** Below e^−60 the logarithm of an expected count goes on outside of the saddle point, as float32 ends there. */
const LOWEST = -60;

/**
 * `log p(x)` of rows of counts given their sum N, with the coefficient: that of Poissons of rates `N·p`, less that of their
 * sum. Each has its saddle-point form, so that nothing cancels. One node on the tape; the gradient by the logits is
 * `x − N·p`.
 */
export function multinomialMass(logits: tf.Tensor, x: tf.Tensor): tf.Tensor {
  return withGradient(
    [logits],
    save => {
      save([logits, x]);
      return tf.tidy(() => {
        const total = tf.sum(x, -1, true);
        const some = tf.maximum(total, 1);
        const logRate = tf.add(logProbabilities(logits), tf.log(some));
        // A row of zeros has log p = 0, whatever its rates are.
        const each = poissonMass(x, tf.exp(tf.maximum(logRate, LOWEST)));
        const beyond = tf.mul(x, tf.minimum(tf.sub(logRate, LOWEST), 0));
        const ofSum = poissonMass(total, some);
        const mass = tf.sub(tf.sum(tf.add(each, beyond), -1), tf.squeeze(ofSum, [-1]));
        return withInfinities(mass);
      });
    },
    (dy, [l, counts]) => {
      const expected = tf.mul(tf.sum(counts!, -1, true), tf.softmax(l!));
      return [sumToShape(tf.mul(tf.expandDims(dy, -1), tf.sub(counts!, expected)), l!.shape)];
    },
  );
}
