// The linear VAE against the exact likelihood of probabilistic PCA.
import * as tf from '@tensorflow/tfjs';
import { type ArrayField, cosineSchedule, GaussianDecoder, GaussianEncoder, toTensor, Vae, VaeTrainer } from 'tfjs-vae';
import { fitPpca, meanLogLikelihood } from './ppca';

export type LinearResult = { exact: number; sigma2: number; elbo: number; error: number };

/**
 * Trains x → z → x without a non-linearity and compares the test ELBO with the exact log p(x).
 *
 * @returns `error` is the standard error of the Monte-Carlo part of the ELBO.
 */
export async function linearVae(
  train: ArrayField,
  test: ArrayField,
  latentDim: number,
  seed: number,
  epochs: number,
): Promise<LinearResult> {
  const [rows, testRows] = [flat(train), flat(test)];
  const ppca = fitPpca(rows, 784, latentDim);
  const dense = (inputs: number, units: number) =>
    tf.sequential({
      layers: [
        tf.layers.dense({
          inputShape: [inputs],
          units,
          kernelInitializer: tf.initializers.glorotUniform({ seed: seed + 1 }),
        }),
      ],
    });
  const identity = tf.sequential({ layers: [tf.layers.activation({ inputShape: [784], activation: 'linear' })] });
  const vae = new Vae({
    encoder: new GaussianEncoder({ network: identity, latentDim, seed }),
    decoder: new GaussianDecoder({ network: dense(latentDim, 784), sigma: 'shared' }),
  });
  const trainer = new VaeTrainer({
    model: vae,
    learningRate: cosineSchedule({ from: 3e-3, to: 0, steps: epochs * Math.ceil(train.shape[0]! / 128) }),
    seed,
  });
  const data = (values: Float32Array): ArrayField => ({ values, shape: [values.length / 784, 784] });
  await trainer.fit(data(rows), { epochs, batchSize: 128 });
  // One sample per image; other draws of the noise tell how much the mean moves with it.
  const draws: number[] = [];
  for (let draw = 0; draw < 5; draw++) {
    const other = new VaeTrainer({ model: vae, seed: 100 + draw });
    draws.push((await other.evaluate(data(testRows), { batchSize: 1000 })).elbo);
    other.dispose();
  }
  trainer.dispose();
  vae.dispose();
  const elbo = draws.reduce((a, b) => a + b) / draws.length;
  const spread = Math.sqrt(draws.reduce((sum, d) => sum + (d - elbo) ** 2, 0) / (draws.length - 1));
  return {
    exact: meanLogLikelihood(testRows, ppca),
    sigma2: ppca.sigma2,
    elbo,
    error: spread / Math.sqrt(draws.length),
  };
}

function flat(images: ArrayField): Float32Array {
  const t = toTensor(images);
  const values = t.dataSync() as Float32Array;
  t.dispose();
  return Float32Array.from(values);
}
