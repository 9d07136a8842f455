/**
 * A model that is made here, trained in PyTorch, and used here again.
 *
 * Run it twice. The first time it writes what PyTorch needs (the model, what to train, and the pictures) and prints the
 * command that trains; once that has run, it loads the trained model, evaluates it, and draws reconstructions.
 * `npx tsx examples/distributed/pytorch.ts`; the command needs the Python package: `pip install ./python`.
 */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import {
  BernoulliDecoder,
  convVae,
  GaussianEncoder,
  loadVae,
  saveRun,
  saveVae,
  tileImages,
  toTensor,
  type Vae,
  VaeTrainer,
  writeSafetensors,
} from 'tfjs-vae';
import { file, savePng } from 'tfjs-vae/node';
import { useBackend } from '../support/backend';
import { commonFlags } from '../support/common-flags';
import { integer } from '../support/flags';
import { type ExampleData, loadImages } from '../support/images';
import { makeFolder, runProgram } from '../support/program';

const program = {
  command: 'npx tsx examples/distributed/pytorch.ts',
  about: 'Writes a model for PyTorch, and uses it once it has been trained there.',
  flags: {
    ...commonFlags({ epochs: 10, out: 'out/pytorch' }),
    latentDim: integer({ min: 1, default: 10, help: 'size of the latent vector' }),
    batchSize: integer({ min: 1, default: 128, help: 'images of a step, in all processes together' }),
  },
};

await runProgram(program, async (options, _signal) => {
  const { epochs, batchSize, latentDim, seed, out } = options;
  await makeFolder(out);
  await useBackend(options.backend);
  const data = await loadImages(options);
  const [model, run, images, trained] = [
    'model.safetensors',
    'run.json',
    'images.safetensors',
    'trained.safetensors',
  ].map(name => join(out, name)) as [string, string, string, string];

  if (existsSync(trained)) {
    const vae = await loadVae(file(trained), { parts: [GaussianEncoder, BernoulliDecoder] });
    await show(vae, data, out);
    return;
  }
  const vae = convVae({ inputShape: data.train.images.shape.slice(1) as [number, number, number], latentDim, seed });
  await saveVae(vae, file(model));
  await writeFile(run, saveRun({ learningRate: 1e-3, seed }, { epochs, batchSize }));
  const x = toTensor(data.train.images);
  await writeFile(
    images,
    writeSafetensors({ x: { dtype: 'float32', shape: x.shape, values: await x.data<'float32'>() } }),
  );
  tf.dispose(x);
  vae.dispose();
  console.log(`wrote ${model}, ${run} and ${images}. Now train, alone or under torchrun:

  python -m tfjs_vae.train ${model} --run ${run} --data ${images} --tensor x --out ${trained}

and run this program again.`);
});

/** The bound on the test images, and some of them beside their reconstructions. */
async function show(vae: Vae, { test }: ExampleData, out: string): Promise<void> {
  const trainer = new VaeTrainer({ model: vae, seed: 1 });
  const { elbo } = await trainer.evaluate(test.images, { batchSize: 200 });
  const sheet = tf.tidy(() => {
    const some = toTensor(test.images, { count: Math.min(16, test.images.shape[0]!) });
    return tileImages(tf.concat([some, vae.reconstruct(some)]), { columns: some.shape[0]!, padding: 2 });
  });
  await savePng(join(out, 'reconstructions.png'), sheet, { scale: 2 });
  tf.dispose(sheet);
  trainer.dispose();
  vae.dispose();
  console.log(
    `test −ELBO ${(-elbo).toFixed(3)} nats; ${join(out, 'reconstructions.png')}: test images and reconstructions`,
  );
}
