import * as tf from '@tensorflow/tfjs';

/** A model that a benchmark steps: the loss of the step before the update. */
export type ByHand = { step(x: tf.Tensor): tf.Scalar; dispose(): void };

type Parts = { encoder: tf.LayersModel; heads: [tf.LayersModel, tf.LayersModel]; decoder: tf.LayersModel };

const dense = (units: number, inputs: number, activation?: 'relu') =>
  tf.layers.dense({ units, inputShape: [inputs], ...(activation && { activation }) });
const sequential = (...layers: tf.layers.Layer[]) => tf.sequential({ layers });

/** 784–400–20–400–784 as a tfjs user writes it: ReLU, sigmoid cross-entropy, tf.train.adam. */
export function mlpByHand(): ByHand {
  return byHand({
    encoder: sequential(dense(400, 784, 'relu')),
    heads: [sequential(dense(20, 400)), sequential(dense(20, 400))],
    decoder: sequential(dense(400, 20, 'relu'), dense(784, 400)),
  });
}

/** Convolutions 32 and 64 of stride 2, 16 latent dimensions, the same back, 3×3 kernels: the defaults of `convVae`. */
export function convByHand(): ByHand {
  const shared = { kernelSize: 3, padding: 'same', activation: 'relu' } as const;
  const features = 7 * 7 * 64;
  return byHand({
    encoder: sequential(
      tf.layers.conv2d({ ...shared, inputShape: [28, 28, 1], filters: 32, strides: 2 }),
      tf.layers.conv2d({ ...shared, filters: 64, strides: 2 }),
      tf.layers.flatten(),
    ),
    heads: [sequential(dense(16, features)), sequential(dense(16, features))],
    decoder: sequential(
      dense(features, 16, 'relu'),
      tf.layers.reshape({ targetShape: [7, 7, 64] }),
      tf.layers.conv2dTranspose({ ...shared, filters: 64, strides: 2 }),
      tf.layers.conv2dTranspose({ ...shared, filters: 32, strides: 2 }),
      tf.layers.conv2d({ filters: 1, kernelSize: 3, padding: 'same' }),
    ),
  });
}

function byHand({ encoder, heads, decoder }: Parts): ByHand {
  const optimizer = tf.train.adam(1e-3, 0.9, 0.999, 1e-7);

  function loss(x: tf.Tensor): tf.Scalar {
    const hidden = encoder.apply(x, { training: true }) as tf.Tensor;
    const [mean, logVar] = heads.map(head => head.apply(hidden) as tf.Tensor) as [tf.Tensor, tf.Tensor];
    const z = tf.add(mean, tf.mul(tf.exp(tf.mul(0.5, logVar)), tf.randomNormal(mean.shape)));
    const logits = decoder.apply(z, { training: true }) as tf.Tensor;
    const event = x.shape.map((_, axis) => axis).slice(1);
    const nll = tf.sum(tf.sub(tf.softplus(logits), tf.mul(logits, x)), event);
    const kl = tf.mul(0.5, tf.sum(tf.sub(tf.add(tf.square(mean), tf.exp(logVar)), tf.add(logVar, 1)), 1));
    return tf.mean(tf.add(nll, kl));
  }

  return {
    step: x => optimizer.minimize(() => loss(x), true)!,
    dispose() {
      for (const model of [encoder, ...heads, decoder]) model.dispose();
      optimizer.dispose();
    },
  };
}
