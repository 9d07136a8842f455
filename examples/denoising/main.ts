/**
 * A denoising VAE: the encoder sees images with Gaussian noise, the decoder has to explain the clean ones.
 *
 * `addNoise` is a transform of the trainer: it puts fresh noise on every batch and keeps the clean image as the target
 * (Im et al. 2017). The picture shows test images that the model has never seen, clean, noisy and denoised,
 * and the program prints the squared error before and after. `npx tsx examples/denoising/main.ts`, about 40 seconds.
 */
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { addNoise, mlpVae, Rng, tileImages, toTensor, VaeTrainer } from 'tfjs-vae';
import { progressBar, savePng } from 'tfjs-vae/node';
import { useBackend } from '../support/backend';
import { commonFlags } from '../support/common-flags';
import { decimal, integer } from '../support/flags';
import { loadImages } from '../support/images';
import { makeFolder, runProgram } from '../support/program';

const program = {
  command: 'npx tsx examples/denoising/main.ts',
  about: 'Trains a VAE to take noise out of images.',
  flags: {
    ...commonFlags({ epochs: 30, out: 'out/denoising' }),
    noise: decimal({ min: 0, default: 0.3, help: 'standard deviation of the noise; pixels are from 0 to 1' }),
    latentDim: integer({ min: 1, default: 10, help: 'size of the latent vector' }),
  },
};

await runProgram(program, async (options, signal) => {
  const { epochs, latentDim, noise, seed, out } = options;
  await makeFolder(out);
  await useBackend(options.backend);
  const { train, test } = await loadImages(options);

  const corrupt = addNoise({ stddev: noise, clip: true });
  const vae = mlpVae({ inputShape: train.images.shape.slice(1), latentDim, seed });
  const trainer = new VaeTrainer({ model: vae, transforms: [corrupt], learningRate: 2e-3, seed });
  await trainer.fit(train.images, { epochs, batchSize: 64, callbacks: progressBar(), signal });

  const [clean, noisy, denoised] = tf.tidy(() => {
    const x = toTensor(test.images, { count: Math.min(1000, test.images.shape[0]!) });
    const seen = corrupt({ x }, { rng: new Rng(seed).fork('test'), training: false }).x;
    return [x, seen, vae.reconstruct(seen)] as const;
  });
  const before = await squaredError(noisy, clean);
  const after = await squaredError(denoised, clean);
  console.log(`squared error per test image: ${before.toFixed(2)} noisy, ${after.toFixed(2)} denoised`);

  const columns = Math.min(16, clean.shape[0]!);
  const sheet = tf.tidy(() => {
    const first = (images: tf.Tensor) => tf.slice(images, 0, columns);
    return tileImages(tf.concat([clean, noisy, denoised].map(first)), { columns, padding: 2, background: 0.35 });
  });
  await savePng(join(out, 'denoising.png'), sheet, { scale: 2 });
  tf.dispose([clean, noisy, denoised, sheet]);
  console.log(`${join(out, 'denoising.png')}: test images clean, noisy, denoised`);
  trainer.dispose();
  vae.dispose();
});

/** Summed over the pixels, averaged over the images. */
async function squaredError(images: tf.Tensor, clean: tf.Tensor): Promise<number> {
  const error = tf.tidy(() => tf.div(tf.sum(tf.squaredDifference(images, clean)), clean.shape[0]!));
  const [value] = await error.data();
  error.dispose();
  return value!;
}
