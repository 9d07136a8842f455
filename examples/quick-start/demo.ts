/**
 * The quick start: trains a VAE and leaves pictures of what it has learned.
 *
 * `npm run demo` draws sprites, small shapes whose factors are known, trains a VAE on them for about a minute, and
 * writes reconstructions, samples, the latent space and the curves to `out/`. `npm run demo -- --help` lists the flags.
 * This file is the whole of the training; the files beside it read flags, draw and describe.
 */
import { convVae, elboObjective, mlpVae, prepareBackend, VaeTrainer } from 'tfjs-vae';
import { progressBar } from 'tfjs-vae/node';
import { useBackend } from '../support/backend';
import { InputError } from '../support/flags';
import { download, type ExampleData, loadFolder, loadSprites } from '../support/images';
import { makeFolder, runProgram } from '../support/program';
import { references, viewLatents } from './measure';
import { checkOptions, flags, type Options, settingsFor } from './options';
import { savePictures } from './pictures';
import { describe, saveMetrics } from './report';

const about = 'Trains a VAE on small images and leaves pictures of what it has learned.';

await runProgram({ command: 'npm run demo --', about, flags }, async (options, signal) => {
  checkOptions(options);
  await makeFolder(options.out);
  await useBackend(options.backend);
  const backend = await prepareBackend();
  const data = await loadData(options, signal);
  const { train, test } = data;
  const { epochs, batchSize, learningRate } = settingsFor(options, { name: data.name, count: train.images.shape[0]! });
  const { beta, seed } = options;

  const vae = buildModel(options, train.images.shape.slice(1));
  const trainer = new VaeTrainer({ model: vae, objective: elboObjective({ beta }), learningRate, seed });
  console.log(
    `${options.model}, ${vae.latentDim} latent dimensions, on ${data.name} (${backend.backend}, seed ${seed})`,
  );
  const start = performance.now();
  const history = await trainer.fit(train.images, {
    epochs,
    batchSize,
    validationData: test.images,
    callbacks: progressBar(),
    signal,
  });
  const seconds = (performance.now() - start) / 1000;

  const report = {
    options: { ...options, epochs, batchSize },
    data,
    backend,
    history,
    test: await trainer.evaluate(test.images),
    view: await viewLatents(vae, test.images),
    references: references(train.images, test.images),
    steps: trainer.steps,
    seconds,
    interrupted: signal.aborted,
  };
  const pictures = await savePictures({ ...report, vae, out: options.out, seed });
  await saveMetrics(report);
  console.log(describe(report, pictures));
  trainer.dispose();
  vae.dispose();
});

async function loadData({ data, dataset, count }: Options, signal: AbortSignal): Promise<ExampleData> {
  if (data !== undefined) return loadFolder(data, count);
  if (dataset === 'mnist' || dataset === 'fashion-mnist') return download(dataset, { count, signal });
  return loadSprites(count);
}

function buildModel({ model, latentDim, seed }: Options, inputShape: number[]) {
  if (model === 'mlp') return mlpVae({ inputShape, latentDim, seed });
  try {
    return convVae({ inputShape, latentDim, seed });
  } catch (error) {
    throw new InputError(`--model conv does not fit these images: ${(error as Error).message}`);
  }
}
