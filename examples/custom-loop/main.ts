/**
 * Your own model in your own loop: pieces of tfjs-vae in plain TensorFlow.js, without `Vae` and without `VaeTrainer`.
 *
 * `GaussianHead` and `ReparamSampler` are layers in a functional `tf.model`, `elboLoss` is a function of tensors and
 * distributions, and the rest is `tf.variableGrads` and `tf.train.adam`. Take it as the start of what the trainer does
 * not do. `npx tsx examples/custom-loop/main.ts`, about 30 seconds.
 */
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import {
  type ArrayField,
  Bernoulli,
  elboLoss,
  GaussianHead,
  Normal,
  prepareBackend,
  ReparamSampler,
  Rng,
  tileImages,
  toTensor,
} from 'tfjs-vae';
import { savePng } from 'tfjs-vae/node';
import { useBackend } from '../support/backend';
import { commonFlags } from '../support/common-flags';
import { decimal, integer } from '../support/flags';
import { loadImages, pickRows } from '../support/images';
import { makeFolder, runProgram } from '../support/program';

const program = {
  command: 'npx tsx examples/custom-loop/main.ts',
  about: 'Trains a VAE that is made of layers, in a loop that is written out.',
  flags: {
    ...commonFlags({ epochs: 20, out: 'out/custom-loop' }),
    latentDim: integer({ min: 1, default: 8, help: 'size of the latent vector' }),
    beta: decimal({ min: 0, default: 1, help: 'weight of the KL in the loss' }),
  },
};

const BATCH_SIZE = 64;

await runProgram(program, async (options, signal) => {
  const { epochs, latentDim, beta, seed, out } = options;
  await makeFolder(out);
  await useBackend(options.backend);
  // On wasm, tfjs's own kernels for training are slow or missing; the trainer would do this by itself.
  await prepareBackend();
  const { name, train, test } = await loadImages(options);
  const [count, height, width] = train.images.shape as [number, number, number];
  const { model, encoder, decoder } = buildModel({ pixels: height * width, latentDim, seed });
  const variables = model.trainableWeights.map(weight => weight.read() as tf.Variable);
  // Always with an explicit epsilon: the default of tf.train.adam depends on the backend.
  const optimizer = tf.train.adam(2e-3, 0.9, 0.999, 1e-7);
  const order = new Rng(seed).fork('shuffle');
  console.log(`${count} images of ${name}, ${latentDim} latent dimensions, β = ${beta} (${tf.getBackend()})`);

  /** One step: the terms of the batch, scalars that the caller disposes of. */
  function step(x: tf.Tensor) {
    let terms: ReturnType<typeof elboLoss> | undefined;
    const { value, grads } = tf.variableGrads(() => {
      const [logits, mean, logVar] = model.apply(x, { training: true }) as [tf.Tensor, tf.Tensor, tf.Tensor];
      terms = elboLoss({ x, likelihood: new Bernoulli({ logits }), posterior: new Normal({ mean, logVar }), beta });
      // variableGrads gives back the loss alone, and disposes of what is not kept.
      tf.keep(terms.reconstruction);
      tf.keep(terms.kl);
      return terms.loss;
    }, variables);
    // In a fixed order: Adam keeps its moments by place, not by name.
    optimizer.applyGradients(variables.map(({ name }) => ({ name, tensor: grads[name]! })));
    tf.dispose(grads);
    return { loss: value, reconstruction: terms!.reconstruction, kl: terms!.kl };
  }

  for (let epoch = 0; epoch < epochs && !signal.aborted; epoch++) {
    const rows = order.permutation(count);
    const sums = { loss: 0, reconstruction: 0, kl: 0 };
    let seen = 0;
    while (seen < count && !signal.aborted) {
      const batch = rows.subarray(seen, seen + BATCH_SIZE);
      const x = flatImages(pickRows(train.images, batch));
      const terms = step(x);
      for (const key of ['loss', 'reconstruction', 'kl'] as const) {
        sums[key] += (await terms[key].data())[0]! * batch.length;
      }
      tf.dispose([x, terms]);
      seen += batch.length;
      // Awaiting data lets no timer and no Ctrl-C through; this does.
      await tf.nextFrame();
    }
    const [loss, reconstruction, kl] = [sums.loss, sums.reconstruction, sums.kl].map(sum => (sum / seen).toFixed(2));
    console.log(`epoch ${epoch + 1}/${epochs}  loss ${loss} · reconstruction ${reconstruction} · kl ${kl}`);
  }

  const sheet = tf.tidy(() => {
    const x = flatImages(pickRows(test.images, [...Array(16).keys()]));
    const [mean] = encoder.apply(x) as [tf.Tensor, tf.Tensor];
    const z = new Rng(seed).fork('samples').normal([32, latentDim]);
    const logits = decoder.apply(tf.concat([mean, z])) as tf.Tensor;
    const images = tf.reshape(tf.concat([x, tf.sigmoid(logits)]), [-1, height, width]);
    return tileImages(images, { columns: 16, padding: 2, background: 0.35 });
  });
  await savePng(join(out, 'sheet.png'), sheet, { scale: 2 });
  sheet.dispose();
  console.log(`${join(out, 'sheet.png')}: test images, their reconstructions, and two rows of samples from the prior`);
  optimizer.dispose();
  model.dispose();
});

type Sizes = { pixels: number; latentDim: number; seed: number };

/** `model` gives [logits, mean, logVar] in one run; `encoder` and `decoder` are parts of it for later. */
function buildModel({ pixels, latentDim, seed }: Sizes) {
  const rng = new Rng(seed).fork('weights');
  const dense = (units: number, activation: 'relu' | 'linear') =>
    tf.layers.dense({ units, activation, kernelInitializer: tf.initializers.glorotUniform({ seed: rng.seed() }) });

  const x = tf.input({ shape: [pixels] });
  const features = dense(400, 'relu').apply(x) as tf.SymbolicTensor;
  const [mean, logVar] = new GaussianHead({ units: latentDim, seed: rng.seed() }).apply(features);
  const z = new ReparamSampler({ seed, name: 'z' }).apply([mean, logVar]);

  const code = tf.input({ shape: [latentDim] });
  const logits = dense(pixels, 'linear').apply(dense(400, 'relu').apply(code)) as tf.SymbolicTensor;
  const decoder = tf.model({ inputs: code, outputs: logits });
  const encoder = tf.model({ inputs: x, outputs: [mean, logVar] });
  const model = tf.model({ inputs: x, outputs: [decoder.apply(z) as tf.SymbolicTensor, mean, logVar] });
  return { model, encoder, decoder };
}

/** Images as rows of pixels, `[count, pixels]`. */
function flatImages(images: ArrayField): tf.Tensor {
  return tf.tidy(() => tf.reshape(toTensor(images), [images.shape[0]!, -1]));
}
