// Trains the reference run of MNIST in PyTorch (784–400–20–400–784), and evaluates the result here and there.
// npm run reference:torch -- --data ../shared/data/mnist [--seeds 1,2,3] [--processes 1,2] [--epochs 10]
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { BernoulliDecoder, GaussianEncoder, loadVae, mlpVae, saveRun, saveVae, VaeTrainer } from 'tfjs-vae';
import { file, readIdxFolder } from 'tfjs-vae/node';
import { runJob } from './python/job';

const { values: flags } = parseArgs({
  args: process.argv.slice(2).filter(arg => arg !== '--'),
  options: {
    data: { type: 'string', default: process.env['MNIST_DIR'] ?? '../shared/data/mnist' },
    seeds: { type: 'string', default: '1,2,3' },
    processes: { type: 'string', default: '1,2' },
    epochs: { type: 'string', default: '10' },
    out: { type: 'string', default: 'out/reference-torch.json' },
  },
});
const numbers = (text: string) => text.split(',').map(Number);
/** Test −ELBO, nats. */
const EXPECTED = [105.0, 106.8] as const;

await tf.setBackend('wasm');
await tf.ready();
const { test } = await readIdxFolder(flags.data);
if (!test) throw new Error(`${flags.data} has no test images`);
const folder = mkdtempSync(join(tmpdir(), 'reference-torch-'));
const rows: object[] = [];
let good = true;
try {
  for (const seed of numbers(flags.seeds))
    for (const processes of numbers(flags.processes)) await train(seed, processes);
} finally {
  rmSync(folder, { recursive: true });
}
mkdirSync('out', { recursive: true });
writeFileSync(flags.out, `${JSON.stringify(rows, null, 2)}\n`);
if (!good) process.exitCode = 1;

async function train(seed: number, processes: number): Promise<void> {
  const at = (name: string) => join(folder, `${seed}-${processes}-${name}`);
  const vae = mlpVae({ inputShape: [28, 28, 1], latentDim: 20, seed });
  await saveVae(vae, file(at('model.safetensors')));
  vae.dispose();
  writeFileSync(at('run.json'), saveRun({ seed }, { epochs: Number(flags.epochs), batchSize: 128 }));
  const images = (name: string) => join(flags.data, `${name}-images-idx3-ubyte.gz`);
  const given = ['--data', images('train'), '--validation', images('t10k'), '--run', at('run.json')];
  const written = ['--out', at('trained.safetensors'), '--history', at('history.json'), '--device', 'cpu'];
  const ended = await runJob(['tfjs_vae.train', at('model.safetensors'), ...given, ...written], processes);
  const failed = ended.find(({ code }) => code !== 0);
  if (failed) throw new Error(failed.error);
  const history = JSON.parse(readFileSync(at('history.json'), 'utf8')) as { val_elbo: number }[];
  const trained = await loadVae(file(at('trained.safetensors')), { parts: [GaussianEncoder, BernoulliDecoder] });
  const trainer = new VaeTrainer({ model: trained, seed });
  const there = -history.at(-1)!.val_elbo;
  const here = -(await trainer.evaluate(test!.images, { batchSize: 500 })).elbo;
  trainer.dispose();
  trained.dispose();
  const ok = there >= EXPECTED[0] && there <= EXPECTED[1] && Math.abs(there - here) <= 0.1;
  good &&= ok;
  rows.push({ seed, processes, there, here, ok });
  console.log(
    `seed ${seed}, ${processes} processes: test −ELBO ${there.toFixed(3)} in PyTorch, ${here.toFixed(3)} here; ` +
      `expected ${EXPECTED.join(' to ')}${ok ? '' : ': NOT as expected'}`,
  );
}
