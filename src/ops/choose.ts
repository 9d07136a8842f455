import * as tf from '@tensorflow/tfjs';

/** `tf.where` of three tensors of one shape, of any rank: the GPU backends know it up to rank 4. */
export function choose(condition: tf.Tensor, a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  if (condition.rank < 5) return tf.where(condition, a, b);
  return tf.tidy(() => {
    const [c, first, second] = [condition, a, b].map(t => tf.reshape(t, [-1])) as [tf.Tensor, tf.Tensor, tf.Tensor];
    return tf.reshape(tf.where(c, first, second), condition.shape);
  });
}
