import * as tf from '@tensorflow/tfjs';
import { cosineSchedule, GaussianDecoder, GaussianEncoder, iwaeObjective, Rng, Vae, VaeTrainer } from 'tfjs-vae';
import { expect, test } from 'vitest';
import { fitPpca, meanLogLikelihood } from '../../scripts/reference/ppca';
import { describeBackends } from '../support/backends';

const COUNT = 512;
const WIDTH = 6;

/** Two hidden factors, a random mixing and noise: what probabilistic PCA is made for. */
function rows(): Float32Array {
  const rng = new Rng(3);
  const data = tf.tidy(() => {
    const mixed = tf.matMul(rng.normal([COUNT, 2]) as tf.Tensor2D, rng.normal([2, WIDTH]) as tf.Tensor2D);
    return tf.add(tf.add(mixed, tf.mul(0.3, rng.normal([COUNT, WIDTH]))), 0.5);
  });
  const values = Float32Array.from(data.dataSync());
  data.dispose();
  return values;
}

const linear = (inputs: number, units: number) =>
  tf.sequential({
    layers: [
      tf.layers.dense({ inputShape: [inputs], units, kernelInitializer: tf.initializers.glorotUniform({ seed: 5 }) }),
    ],
  });

// A linear VAE with one σ is probabilistic PCA, whose log p(x) is known: the whole pipeline against an exact number.
describeBackends('the linear VAE', () => {
  test('meets the exact log-likelihood of probabilistic PCA, and does not pass it', async () => {
    const values = rows();
    const exact = meanLogLikelihood(values, fitPpca(values, WIDTH, 2));
    const data = { values, shape: [COUNT, WIDTH] };
    const model = new Vae({
      encoder: new GaussianEncoder({ network: linear(WIDTH, WIDTH), latentDim: 2, seed: 1 }),
      decoder: new GaussianDecoder({ network: linear(2, WIDTH), sigma: 'shared' }),
    });
    const trainer = new VaeTrainer({
      model,
      learningRate: cosineSchedule({ from: 0.02, to: 0, steps: 1600 }),
      seed: 1,
    });
    await trainer.fit(data, { epochs: 200, batchSize: 64 });
    const bounds: number[] = [];
    for (let seed = 0; seed < 20; seed++) {
      const draw = new VaeTrainer({ model, seed, objective: iwaeObjective({ samples: 8 }) });
      bounds.push((await draw.evaluate(data, { batchSize: COUNT }))['bound']!);
      draw.dispose();
    }
    const { elbo } = await trainer.evaluate(data);
    trainer.dispose();
    model.dispose();
    const bound = bounds.reduce((a, b) => a + b) / bounds.length;
    expect(Math.abs(elbo - exact)).toBeLessThan(0.1);
    // The mean of twenty draws over 512 examples is known to a few thousandths.
    expect(bound).toBeGreaterThan(exact - 0.03);
    expect(bound).toBeLessThan(exact + 0.01);
  });
});
