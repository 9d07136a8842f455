import * as tf from '@tensorflow/tfjs';
import { withGradient } from './with-gradient';

/**
 * Soft two-sided clip: the identity inside `[low, high]`, a logarithm outside.
 *
 * `y = x` inside, `high + log1p(x − high)` above, `low − log1p(low − x)` below; the slope outside is
 * `1 / (1 + overflow)`. Unlike a hard clip (slope 0) or a tanh bound (slope 2e-5 at 60 for ±10), a value that has run
 * away finds its way back, and inside the range nothing is changed.
 *
 * @param x Tensor of any shape.
 * @param low Lower end of the untouched range.
 * @param high Upper end; greater than `low`.
 * @throws When `low` is not below `high`.
 * @example
 * ```ts
 * const logVar = softClip(raw, -10, 10);
 * ```
 */
export function softClip(x: tf.Tensor, low: number, high: number): tf.Tensor {
  if (!(low < high)) throw new Error(`softClip: low must be below high, got low = ${low}, high = ${high}`);
  return withGradient(
    [x],
    save => {
      save([x]);
      return tf.tidy(() => {
        const inside = tf.clipByValue(x, low, high);
        const over = tf.log1p(tf.relu(tf.sub(x, high)));
        const under = tf.log1p(tf.relu(tf.sub(low, x)));
        return tf.sub(tf.add(inside, over), under);
      });
    },
    (dy, [saved]) => {
      const overflow = tf.relu(tf.maximum(tf.sub(saved!, high), tf.sub(low, saved!)));
      return [tf.div(dy, tf.add(overflow, 1))];
    },
  );
}
