import * as tf from '@tensorflow/tfjs';
import { choose } from '../ops/choose';
import { langevin, langevinSlope, logSinhcNear } from '../ops/log-sinhc';
import { sumToShape } from '../ops/sum-to-shape';
import { withGradient } from '../ops/with-gradient';

/**
 * Elements of `log p(x) = l·(x − ½) − log(sinh(l/2) / (l/2))`, one node on the tape, with the gradients `x − mean` by l
 * and l by x.
 *
 * It is computed as `log(|l| / (1 − e^(−|l|))) − |l|·d`, where d is the distance of x from the likelier end.
 */
export function continuousBernoulliLogProb(x: tf.Tensor, logits: tf.Tensor): tf.Tensor {
  return withGradient(
    [x, logits],
    save => {
      save([x, logits]);
      return tf.tidy(() => {
        const size = tf.abs(logits);
        const distance = tf.abs(tf.sub(x, tf.step(logits)));
        return tf.sub(logPeak(size), tf.mul(size, distance));
      });
    },
    (dy, [v, l]) => [sumToShape(tf.mul(dy, l!), v!.shape), sumToShape(tf.mul(dy, tf.sub(v!, meanOf(l!))), l!.shape)],
  );
}

/** `½ + ½·L(l/2)`, L being Langevin's function. */
export function meanOf(logits: tf.Tensor): tf.Tensor {
  return tf.add(0.5, tf.mul(0.5, langevin(tf.mul(0.5, logits))));
}

/**
 * Elements of the entropy, `log(sinh(l/2) / (l/2)) − l/2·L(l/2)`, with the gradient `−l·Var[x]`. From |l| = 2 on it is
 * `1 − |l|/(e^|l| − 1) − log(|l| / (1 − e^(−|l|)))`, which does not subtract numbers of the size of l.
 */
export function entropyElements(logits: tf.Tensor): tf.Tensor {
  return withGradient(
    [logits],
    save => {
      save([logits]);
      return tf.tidy(() => {
        const size = tf.abs(logits);
        const half = tf.mul(0.5, tf.minimum(size, 2));
        const near = tf.sub(logSinhcNear(half), tf.mul(half, langevin(half)));
        const decay = tf.exp(tf.neg(size));
        const left = tf.div(tf.mul(size, decay), tf.sub(1, tf.minimum(decay, 0.5)));
        return choose(tf.less(size, 2), near, tf.sub(tf.sub(1, left), logPeak(size)));
      });
    },
    (dy, [l]) => [tf.mul(dy, tf.mul(tf.neg(l!), varianceOf(l!)))],
  );
}

/** `¼·L′(l/2)`. */
export function varianceOf(logits: tf.Tensor): tf.Tensor {
  return tf.mul(0.25, langevinSlope(tf.mul(0.5, logits)));
}

/** `log(u / (1 − e^(−u)))` of u ≥ 0, the log-density at the likelier end. */
function logPeak(u: tf.Tensor): tf.Tensor {
  const half = tf.mul(0.5, tf.minimum(u, 2));
  const far = tf.maximum(u, 2);
  const plain = tf.sub(tf.log(far), tf.log(tf.sub(1, tf.exp(tf.neg(far)))));
  return choose(tf.less(u, 2), tf.sub(half, logSinhcNear(half)), plain);
}
