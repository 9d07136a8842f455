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
  const shape = x.shape.filter((_, i) => !axes.includes(i));
  return tf.tidy(() => {
    const kept = withGradient(
      [x],
      save => {
        save([x]);
        const { terms, largest } = scaledTerms(x, axes);
        const total = tf.sum(terms, axes, true);
        const value = tf.add(tf.log(total), largest);
        // All terms were −∞; the logarithm of 0 is finite on GPUs.
        return tf.where(tf.equal(total, 0), tf.fill(total.shape, -Infinity), value);
      },
      (dy, [input]) => {
        // Not exp(x − y): far from 0 the rounding of y alone would cost digits.
        const { terms } = scaledTerms(input!, axes);
        return [tf.mul(dy, tf.div(terms, tf.maximum(tf.sum(terms, axes, true), 1)))];
      },
    );
    return keepDims ? kept : tf.reshape(kept, shape);
  });
}

/** `exp(x − largest)`, the largest taken as 0 where it is infinite. */
export function scaledTerms(x: tf.Tensor, axes: number[]): { terms: tf.Tensor; largest: tf.Tensor } {
  const max = tf.max(x, axes, true);
  const largest = tf.where(tf.isFinite(max), max, tf.zerosLike(max));
  return { terms: tf.exp(tf.sub(x, largest)), largest };
}
