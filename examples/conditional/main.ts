/**
 * A conditional VAE, which draws the label that it is asked for.
 *
 * Encoder and decoder are told the label as a one-hot condition, so the code is left to say what the label does not:
 * place, size and turn of a sprite, or the hand that wrote a digit (Sohn et al. 2015). The picture has a row for each
 * label and a code for each column; `--label heart` fills the picture with one label instead.
 * `npx tsx examples/conditional/main.ts`, about a minute; with `--data ../shared/data/mnist` it learns digits.
 */
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { mlpVae, type Normal, oneHot, Rng, tileImages, toTensor, type Vae, VaeTrainer } from 'tfjs-vae';
import { progressBar, savePng } from 'tfjs-vae/node';
import { useBackend } from '../support/backend';
import { commonFlags } from '../support/common-flags';
import { InputError, integer, path } from '../support/flags';
import { labelsOf, loadImages } from '../support/images';
import { makeFolder, runProgram } from '../support/program';

const program = {
  command: 'npx tsx examples/conditional/main.ts',
  about: 'Trains a conditional VAE and draws images of a chosen label.',
  flags: {
    ...commonFlags({ epochs: 30, out: 'out/conditional' }),
    label: path({ default: undefined, value: 'LABEL', help: 'draw only this one, such as heart or 7; all without it' }),
    latentDim: integer({ min: 1, default: 4, help: 'size of the latent vector' }),
  },
};

const SHEET = { padding: 2, background: 0.35 };

await runProgram(program, async (options, signal) => {
  const { epochs, latentDim, seed, out } = options;
  await makeFolder(out);
  await useBackend(options.backend);
  const data = await loadImages({ ...options, shapes: ['square', 'ellipse', 'heart', 'triangle'] });
  const { train, test } = data;
  const labels = labelsOf(data);
  const chosen = options.label === undefined ? undefined : labels.indexOf(options.label);
  if (chosen === -1) throw new InputError(`--label must be one of ${labels.join(', ')}, got "${options.label}"`);

  const conditionDim = labels.length;
  const vae = mlpVae({ inputShape: train.images.shape.slice(1), latentDim, hidden: [400, 200], conditionDim, seed });
  const trainer = new VaeTrainer({ model: vae, learningRate: 2e-3, seed });
  const conditioned = ({ images, labels }: typeof train) => ({ x: images, condition: oneHot(labels!, conditionDim) });
  await trainer.fit(conditioned(train), { epochs, batchSize: 64, callbacks: progressBar(), signal });
  const { elbo, reconstruction, kl } = await trainer.evaluate(conditioned(test));
  console.log(
    `test images, given their label, in nats: −ELBO ${(-elbo).toFixed(2)} = reconstruction ${reconstruction.toFixed(2)} + KL ${kl.toFixed(2)}`,
  );

  const file = join(out, chosen === undefined ? 'labels.png' : `label-${labels[chosen]}.png`);
  const sheet = chosen === undefined ? drawAll(vae, conditionDim, seed) : drawOne(vae, chosen, conditionDim, seed);
  await savePng(file, sheet, { scale: 2 });
  sheet.dispose();
  const shows =
    chosen === undefined
      ? `a row each for ${labels.join(', ')}; a column has one code`
      : `samples of ${labels[chosen]}`;
  console.log(`${file}: ${shows}`);
  trainer.dispose();
  vae.dispose();
});

/** Rows of labels, columns of codes: what a column has in common is what the code says. */
function drawAll(vae: Vae<Normal>, labelCount: number, seed: number, columns = 16): tf.Tensor {
  return tf.tidy(() => {
    const z = tf.tile(new Rng(seed).fork('codes').normal([columns, vae.latentDim]), [labelCount, 1]);
    const rows = Uint8Array.from({ length: labelCount * columns }, (_, i) => Math.floor(i / columns));
    const condition = toTensor(oneHot(rows, labelCount));
    return tileImages(vae.decode(z, { condition }).mean(), { ...SHEET, columns });
  });
}

function drawOne(vae: Vae<Normal>, label: number, labelCount: number, seed: number): tf.Tensor {
  return tf.tidy(() => {
    const condition = toTensor(oneHot([label], labelCount));
    return tileImages(vae.sample(64, { condition, seed }), SHEET);
  });
}
