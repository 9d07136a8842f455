/**
 * Anomalies by their ELBO: a VAE that has seen only normal images needs more nats for one of another kind.
 *
 * One label is held out of training and then mixed into the test: hearts among sprites, the digit 0 of MNIST, or
 * `--anomaly LABEL`. The score of an image is its own −ELBO (`scoreAll`), the mean over `--samples` draws from its
 * posterior; the threshold is a quantile of the training scores, so no anomaly is needed to set it. The program prints
 * the ROC-AUC and what the threshold catches, and draws the most and the least suspicious images. `npx tsx
 * examples/anomaly/main.ts`, about 40 seconds.
 */
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import {
  type ArrayField,
  mlpVae,
  type Normal,
  type ScoreOptions,
  scoreAll,
  tileImages,
  toTensor,
  type Vae,
  VaeTrainer,
} from 'tfjs-vae';
import { progressBar, savePng } from 'tfjs-vae/node';
import { useBackend } from '../support/backend';
import { commonFlags } from '../support/common-flags';
import { decimal, InputError, integer, path } from '../support/flags';
import { labelsOf, loadImages, pickRows, whereLabel } from '../support/images';
import { makeFolder, runProgram } from '../support/program';
import { quantile, rocAuc, shareAbove } from './roc';

const program = {
  command: 'npx tsx examples/anomaly/main.ts',
  about: 'Trains a VAE on normal images and finds anomalies by their ELBO.',
  flags: {
    ...commonFlags({ epochs: 30, out: 'out/anomaly' }),
    anomaly: path({ default: undefined, value: 'LABEL', help: 'the label that is held out: heart, or 0 of digits' }),
    quantile: decimal({ min: 0, default: 0.95, help: 'the threshold is this quantile of the training scores' }),
    samples: integer({ min: 1, default: 8, help: 'posterior samples of each image' }),
    latentDim: integer({ min: 1, default: 6, help: 'size of the latent vector' }),
  },
};

await runProgram(program, async (options, signal) => {
  const { epochs, latentDim, seed, out } = options;
  if (options.quantile > 1) throw new InputError(`--quantile must be a number from 0 to 1, got ${options.quantile}`);
  await makeFolder(out);
  await useBackend(options.backend);
  const data = await loadImages(options);
  const labels = labelsOf(data);
  const anomaly = options.anomaly ?? (labels.includes('heart') ? 'heart' : labels[0]!);
  const held = labels.indexOf(anomaly);
  if (held < 0) throw new InputError(`--anomaly must be one of ${labels.join(', ')}, got "${anomaly}"`);
  const train = whereLabel(data.train, label => label !== held);
  const normal = whereLabel(data.test, label => label !== held);
  const anomalous = whereLabel(data.test, label => label === held);

  const vae = mlpVae({ inputShape: train.shape.slice(1), latentDim, seed });
  const trainer = new VaeTrainer({ model: vae, learningRate: 2e-3, seed });
  await trainer.fit(train, { epochs, batchSize: 64, callbacks: progressBar(), signal });

  const scoring = { samples: options.samples, seed };
  const threshold = quantile(await scores(vae, train, scoring), options.quantile);
  const normalScores = await scores(vae, normal, scoring);
  const anomalousScores = await scores(vae, anomalous, scoring);
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  console.log(
    [
      `${normalScores.length} normal test images, ${anomalousScores.length} anomalies (${anomaly}); the score is −ELBO in nats, ${options.samples} samples each`,
      `ROC-AUC              ${rocAuc(normalScores, anomalousScores).toFixed(3)}  (0.5 is chance, 1 is perfect)`,
      `threshold            ${threshold.toFixed(2)} nats, the ${options.quantile} quantile of the training scores`,
      `true positive rate   ${percent(shareAbove(anomalousScores, threshold))} of the anomalies are above it`,
      `false positive rate  ${percent(shareAbove(normalScores, threshold))} of the normal images are above it`,
    ].join('\n'),
  );

  const file = join(out, 'anomaly.png');
  const sheet = drawExtremes(vae, [normal, anomalous], [normalScores, anomalousScores]);
  await savePng(file, sheet, { scale: 2 });
  sheet.dispose();
  console.log(`${file}: the most suspicious test images, below them the least; under each its reconstruction`);
  trainer.dispose();
  vae.dispose();
});

/** −ELBO of each image: the mean over posterior samples whose noise depends on the seed alone. */
async function scores(vae: Vae<Normal>, images: ArrayField, options: ScoreOptions): Promise<number[]> {
  const { elbo } = await scoreAll(vae, images, { batchSize: 500, ...options });
  return Array.from(elbo, value => -value);
}

/** The highest scores in the upper half of the picture, the lowest in the lower; pairs of image and reconstruction. */
function drawExtremes(vae: Vae<Normal>, sets: ArrayField[], setScores: number[][], columns = 16): tf.Tensor {
  const ranked = setScores
    .flatMap((list, set) => list.map((score, row) => ({ score, set, row })))
    .sort((a, b) => b.score - a.score);
  const shown = [...ranked.slice(0, columns), ...ranked.slice(-columns)];
  return tf.tidy(() => {
    const x = tf.concat(shown.map(({ set, row }) => toTensor(pickRows(sets[set]!, [row]))));
    return tileImages(tf.concat([x, vae.reconstruct(x)], 1), { columns, padding: 2, background: 0.35 });
  });
}
