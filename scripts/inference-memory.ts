// Peak memory of embedAll and reconstructAll over all MNIST pictures, against one batch: in tensors, and of the process.
// npm run inference-memory -- [--data PATH-TO-MNIST] [--batch 1000] [--only embedAll,reconstructAll]
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { convVae, embedAll, prepareBackend, reconstructAll, toTensor } from 'tfjs-vae';
import { readIdxFolder } from 'tfjs-vae/node';
import { peakBytes } from '../test/support/peak-bytes';

type Figures = { examples: number; result: number; tensors: number; process: number; seconds: number };

const { values: flags } = parseArgs({
  // npm run hands its own -- on.
  args: process.argv.slice(2).filter(arg => arg !== '--'),
  options: {
    data: { type: 'string', default: process.env['MNIST_DIR'] ?? '../shared/data/mnist' },
    batch: { type: 'string', default: '1000' },
    only: { type: 'string', default: 'embedAll,reconstructAll' },
    /** In a process of its own, since memory of wasm is never given back. */
    run: { type: 'string' },
  },
});
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const batchSize = Number(flags.batch);
const passes = { embedAll, reconstructAll };
const isPass = (name: string | undefined): name is keyof typeof passes => name !== undefined && name in passes;

if (flags.run) process.stdout.write(JSON.stringify(await measure(flags.run)));
else if (!existsSync(flags.data)) console.log(`inference-memory: no ${flags.data}, so nothing was measured`);
else compare();

/** Each pass beside the synchronous method on one batch. */
function compare(): void {
  const mebibytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(2)} MiB`;
  let isMore = false;
  for (const name of flags.only.split(',')) {
    if (!isPass(name)) throw new Error(`--only must hold ${Object.keys(passes).join(', ')}, got ${name}`);
    const [one, all] = [inProcess(`one-${name}`), inProcess(name)];
    const allowed = { tensors: one.tensors + all.result, process: one.process + all.result };
    isMore ||= all.tensors > allowed.tensors || all.process > allowed.process;
    console.log(
      [
        `${name}: ${all.examples} pictures in batches of ${batchSize}, result ${mebibytes(all.result)}, ${all.seconds.toFixed(0)} s`,
        `  tensors at most  ${mebibytes(all.tensors)}; one batch ${mebibytes(one.tensors)}, with the result ${mebibytes(allowed.tensors)}`,
        `  process grows by ${mebibytes(all.process)}; one batch ${mebibytes(one.process)}, with the result ${mebibytes(allowed.process)}`,
      ].join('\n'),
    );
  }
  if (isMore) {
    console.log('more than one batch and the result');
    process.exitCode = 1;
  }
}

function inProcess(run: string): Figures {
  const tsx = createRequire(import.meta.url).resolve('tsx/cli');
  const args = [tsx, fileURLToPath(import.meta.url), '--run', run, '--data', flags.data, '--batch', flags.batch];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 2 ** 20 })) as Figures;
}

async function measure(run: string): Promise<Figures> {
  tf.enableProdMode();
  await tf.setBackend('wasm');
  await prepareBackend();
  const { train } = await readIdxFolder(flags.data);
  const { images } = train;
  const vae = convVae({ inputShape: images.shape.slice(1), latentDim: 10, seed: 1 });
  const name = run.replace('one-', '');
  if (!isPass(name)) throw new Error(`unknown run ${run}`);
  // Kernels are compiled and caches are filled before it counts.
  tf.dispose(tf.tidy(() => vae.reconstruct(toTensor(images, { count: 8 }))));
  collect();
  const before = process.memoryUsage.rss();
  const started = performance.now();
  let [result, most] = [0, before];
  const look = () => {
    most = Math.max(most, process.memoryUsage.rss());
  };
  const tensors = await peakBytes(async () => {
    if (name !== run) {
      const method = name === 'embedAll' ? 'embed' : 'reconstruct';
      const output = tf.tidy(() => vae[method](toTensor(images, { count: batchSize })));
      await output.data();
      output.dispose();
    } else {
      // What waits for the collector is not held: it goes after every batch.
      const rows = await passes[name](vae, images, { batchSize, onProgress: collect });
      result = rows.values.byteLength;
    }
    look();
  }, look);
  const seconds = (performance.now() - started) / 1000;
  return {
    examples: images.shape[0]!,
    result,
    tensors,
    process: most - before,
    seconds,
  };
}
