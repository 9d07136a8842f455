import * as tf from '@tensorflow/tfjs';

/** The VAE that a tfjs user writes by hand: 784–400–20–400–784, ReLU, sigmoid cross-entropy, tf.train.adam. */
export function byHand(): { step(x: tf.Tensor): tf.Scalar; dispose(): void } {
  const dense = (units: number, inputs: number, activation?: 'relu') =>
    tf.layers.dense({ units, inputShape: [inputs], ...(activation && { activation }) });
  const encoder = tf.sequential({ layers: [dense(400, 784, 'relu')] });
  const toMean = tf.sequential({ layers: [dense(20, 400)] });
  const toLogVar = tf.sequential({ layers: [dense(20, 400)] });
  const decoder = tf.sequential({ layers: [dense(400, 20, 'relu'), dense(784, 400)] });
  const optimizer = tf.train.adam(1e-3, 0.9, 0.999, 1e-7);

  function loss(x: tf.Tensor): tf.Scalar {
    const hidden = encoder.apply(x, { training: true }) as tf.Tensor;
    const mean = toMean.apply(hidden) as tf.Tensor;
    const logVar = toLogVar.apply(hidden) as tf.Tensor;
    const z = tf.add(mean, tf.mul(tf.exp(tf.mul(0.5, logVar)), tf.randomNormal(mean.shape)));
    const logits = decoder.apply(z, { training: true }) as tf.Tensor;
    const nll = tf.sum(tf.sub(tf.softplus(logits), tf.mul(logits, x)), 1);
    const kl = tf.mul(0.5, tf.sum(tf.sub(tf.add(tf.square(mean), tf.exp(logVar)), tf.add(logVar, 1)), 1));
    return tf.mean(tf.add(nll, kl));
  }

  return {
    step: x => optimizer.minimize(() => loss(x), true)!,
    dispose() {
      for (const model of [encoder, toMean, toLogVar, decoder]) model.dispose();
      optimizer.dispose();
    },
  };
}
