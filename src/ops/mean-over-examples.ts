import * as tf from '@tensorflow/tfjs';

/** `Σ wv / Σ w` over the last axis of `values`, which is that of the weights. To be called in a `tidy`. */
export function meanOverExamples(values: tf.Tensor, weights: tf.Tensor): tf.Tensor {
  const w = tf.cast(weights, 'float32');
  // Left out by hand, since 0 · NaN and 0 / 0 are NaN; by greaterEqual, the only comparison that has a gradient.
  const isOut = tf.greaterEqual(0, tf.abs(w));
  // Shares of the largest weight: sums of tiny or huge weights themselves are lost.
  const shares = tf.where(isOut, 0, tf.div(w, tf.max(w)));
  // Means, not sums, which overflow 16-bit floats. The mean of the shares is at least 1 / batch, or 0.
  return tf.div(tf.mean(tf.mul(tf.where(isOut, 0, values), shares), -1), tf.maximum(tf.mean(shares), 1e-7));
}
