import * as tf from '@tensorflow/tfjs';
import type { ByHand } from './by-hand';

/** z = mean + e^(logVar/2)·ε, as the example writes it: fresh noise at every call. */
class Sampler extends tf.layers.Layer {
  static get className() {
    return 'BenchSampler';
  }
  override computeOutputShape(shapes: tf.Shape | tf.Shape[]) {
    return (shapes as tf.Shape[])[0]!;
  }
  override call(inputs: tf.Tensor | tf.Tensor[]) {
    const [mean, logVar] = inputs as [tf.Tensor, tf.Tensor];
    return tf.tidy(() => tf.add(mean, tf.mul(tf.exp(tf.mul(0.5, logVar)), tf.randomNormal(mean.shape))));
  }
}

/**
 * The structure of the VAE in tensorflow/tfjs-examples (fashion-mnist-vae): 784–512–2, an encoder of three outputs
 * nested in a model, mean squared error times 784. tfjs runs such an encoder once for each output.
 */
export function exampleVae(): ByHand {
  const layer = (l: tf.layers.Layer, input: tf.SymbolicTensor | tf.SymbolicTensor[]) =>
    l.apply(input) as tf.SymbolicTensor;
  const dense = (units: number, activation?: 'relu' | 'sigmoid') =>
    tf.layers.dense({ units, ...(activation && { activation }) });

  const x = tf.input({ shape: [784] });
  const hidden = layer(dense(512, 'relu'), x);
  const [mean, logVar] = [layer(dense(2), hidden), layer(dense(2), hidden)];
  const encoder = tf.model({ inputs: x, outputs: [mean, logVar, layer(new Sampler({}), [mean, logVar])] });
  const code = tf.input({ shape: [2] });
  const decoder = tf.model({ inputs: code, outputs: layer(dense(784, 'sigmoid'), layer(dense(512, 'relu'), code)) });
  const encoded = encoder.apply(x) as tf.SymbolicTensor[];
  const vae = tf.model({ inputs: x, outputs: [layer(decoder, encoded[2]!), ...encoded] });
  const optimizer = tf.train.adam(1e-3, 0.9, 0.999, 1e-7);

  function loss(batch: tf.Tensor): tf.Scalar {
    const [output, zMean, zLogVar] = vae.apply(batch) as [tf.Tensor, tf.Tensor, tf.Tensor];
    const reconstruction = tf.mul(784, tf.losses.meanSquaredError(batch, output));
    const terms = tf.sub(tf.sub(tf.add(1, zLogVar), tf.square(zMean)), tf.exp(zLogVar));
    return tf.add(reconstruction, tf.mean(tf.mul(-0.5, tf.sum(terms, -1))));
  }
  return {
    step: batch => optimizer.minimize(() => loss(batch), true)!,
    dispose() {
      vae.dispose();
      optimizer.dispose();
    },
  };
}
