import * as tf from '@tensorflow/tfjs';
import { withGradient } from './with-gradient';

/**
 * `log Σ exp(x)` over some axes, without overflow, and −∞ (not NaN) where every term is −∞.
 *
 * The gradient is the softmax of `x`; it is 0 where every term is −∞.
 *
 * @param x Tensor of any shape.
 * @param axis Axis or axes to sum over; all of them by default.
 * @param keepDims Keep the summed axes with size 1.
 * @example
 * ```ts
 * const bound = tf.sub(logSumExp(logWeights, 0), Math.log(samples)); // IWAE, [batch]
 * ```
 */
export function logSumExp(x: tf.Tensor, axis?: number | number[], keepDims = false): tf.Tensor {
  const axes = tf.util.parseAxisParam(axis ?? (null as unknown as number[]), x.shape);
  const keptShape = x.shape.map((size, i) => (axes.includes(i) ? 1 : size));
  const kept = withGradient(
    [x],
    save => {
      const y = tf.tidy(() => {
        const largest = finiteOrZero(tf.max(x, axes, true));
        return tf.add(tf.log(tf.sum(tf.exp(tf.sub(x, largest)), axes, true)), largest);
      });
      save([x, y]);
      return y;
    },
    (dy, [input, y]) => [tf.mul(dy, tf.exp(tf.sub(input!, finiteOrZero(y!))))],
  );
  if (keepDims) return kept;
  return tf.tidy(() =>
    tf.reshape(
      kept,
      keptShape.filter((_, i) => !axes.includes(i)),
    ),
  );
}

const finiteOrZero = (x: tf.Tensor) => tf.where(tf.isFinite(x), x, tf.zerosLike(x));
