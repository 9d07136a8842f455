/**
 * Training in several processes, on one machine or on many: `torchGroup()` and the launcher of the Python package
 * `tfjs_vae`. Without the launcher the same program trains alone, and comes to the same model up to rounding.
 *
 * Process 0 writes the checkpoints, draws the progress bar and saves the model; started again, all of them go on from
 * the last checkpoint. `npx tsx examples/distributed/train.ts` alone; in two processes, after `pip install ./python`:
 * `torchrun --nproc_per_node 2 -m tfjs_vae.run node --import tsx examples/distributed/train.ts`.
 */
import { join } from 'node:path';
import { checkpoint, convVae, mlpVae, saveVae, VaeTrainer } from 'tfjs-vae';
import { file, folderStore, progressBar, torchGroup } from 'tfjs-vae/node';
import { useBackend } from '../support/backend';
import { commonFlags } from '../support/common-flags';
import { choice, integer } from '../support/flags';
import { loadImages } from '../support/images';
import { makeFolder, runProgram } from '../support/program';

const program = {
  command: 'torchrun --nproc_per_node 2 -m tfjs_vae.run node --import tsx examples/distributed/train.ts',
  about: 'Trains a VAE in several processes, or alone where nothing starts more.',
  flags: {
    ...commonFlags({ epochs: 5, out: 'out/distributed' }),
    model: choice(['mlp', 'conv'], { default: 'conv', help: 'the networks' }),
    latentDim: integer({ min: 1, default: 20, help: 'size of the latent vector' }),
    batchSize: integer({ min: 1, default: 512, help: 'images of a step, in all processes together' }),
  },
};

await runProgram(program, async (options, signal) => {
  const { epochs, latentDim, batchSize, seed, out } = options;
  await makeFolder(out);
  await useBackend(options.backend);
  const group = torchGroup();
  const { train, test } = await loadImages(options);

  const inputShape = train.images.shape.slice(1) as [number, number, number];
  const vae =
    options.model === 'mlp'
      ? mlpVae({ inputShape, latentDim, hidden: [400], seed })
      : convVae({ inputShape, latentDim, seed });
  const trainer = new VaeTrainer({ model: vae, group, seed });

  const store = folderStore(join(out, 'checkpoints'));
  const resumed = await trainer.resume(store);
  if (resumed && group.rank === 0) console.log(`goes on at step ${resumed.steps}, epoch ${resumed.epochs}`);
  await trainer.fit(train.images, {
    totalEpochs: epochs,
    batchSize,
    callbacks: [progressBar(), checkpoint({ store, every: { seconds: 30 } })],
    signal,
  });

  if (group.rank === 0) {
    const { elbo } = await trainer.evaluate(test.images, { batchSize: 500 });
    console.log(`test −ELBO ${(-elbo).toFixed(3)} nats (epochs ${trainer.epochs}, processes ${group.size})`);
    await saveVae(vae, file(join(out, 'vae.safetensors')));
    console.log(join(out, 'vae.safetensors'));
  }
  trainer.dispose();
  vae.dispose();
});
