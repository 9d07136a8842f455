// Trains the reference runs and prints them beside what independent trainers got.
// npm run reference -- --data ../shared/data/mnist [--only beta1,linear20] [--epochs 10]
import { mkdir, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { VaeTrainer } from 'tfjs-vae';
import { readIdxFolder } from 'tfjs-vae/node';
import { agreement } from './reference/agreement';
import { linearVae } from './reference/linear';
import { referenceRuns } from './reference/runs';

type Row = {
  run: string;
  seed: number;
  quantity: string;
  result: number;
  reference: string;
  ok: boolean;
  seconds: number;
};

const { values: flags } = parseArgs({
  options: {
    data: { type: 'string', default: process.env['MNIST_DIR'] ?? '../shared/data/mnist' },
    only: { type: 'string' },
    epochs: { type: 'string', default: '10' },
    'linear-epochs': { type: 'string', default: '60' },
    backend: { type: 'string', default: 'wasm' },
    out: { type: 'string', default: 'out/reference.json' },
  },
});
const wanted = flags.only?.split(',');
const wants = (name: string) => !wanted || wanted.includes(name);

await tf.setBackend(flags.backend);
await tf.ready();
const { train, test } = await readIdxFolder(flags.data);
if (!test) throw new Error(`${flags.data} has no test images`);
const rows: Row[] = [];

for (const run of referenceRuns.filter(({ name }) => wants(name))) {
  for (const seed of run.seeds) {
    const started = performance.now();
    const model = run.model(seed);
    const trainer = new VaeTrainer({ model, objective: run.objective(), learningRate: 1e-3, seed });
    await trainer.fit(train.images, { epochs: Number(flags.epochs), batchSize: 128 });
    const result = run.measure(await trainer.evaluate(test.images, { batchSize: 500 }));
    trainer.dispose();
    model.dispose?.();
    const [low, high] = run.expected;
    report({
      run: run.what,
      seed,
      quantity: run.quantity,
      result,
      reference: `${low} to ${high}`,
      ok: result >= low && result <= high,
      seconds: since(started),
    });
  }
}
for (const latentDim of [2, 20]) {
  if (!wants(`linear${latentDim}`)) continue;
  const started = performance.now();
  const { exact, elbo, error } = await linearVae(
    train.images,
    test.images,
    latentDim,
    1,
    Number(flags['linear-epochs']),
  );
  const ok = elbo >= exact - 1 && elbo <= exact + 3 * error;
  report({
    run: `linear VAE, ${latentDim} latent dimensions`,
    seed: 1,
    quantity: `test ELBO ± ${error.toFixed(3)}`,
    result: elbo,
    reference: `exact ${exact.toFixed(3)}`,
    ok,
    seconds: since(started),
  });
}

if (wants('agreement')) {
  const started = performance.now();
  const { steps, epoch } = await agreement(train.images, ['cpu', 'wasm']);
  const common = { run: 'cpu against wasm, one seed', seed: 1 };
  report({
    ...common,
    quantity: 'first 20 losses apart',
    result: steps,
    reference: 'at most 1e-4',
    ok: steps <= 1e-4,
    seconds: 0,
  });
  report({
    ...common,
    quantity: 'first epoch apart',
    result: epoch,
    reference: 'at most 3e-3',
    ok: epoch <= 3e-3,
    seconds: since(started),
  });
}

await mkdir('out', { recursive: true });
await writeFile(flags.out, `${JSON.stringify(rows, null, 2)}\n`);
const failed = rows.filter(row => !row.ok).length;
console.log(`${rows.length - failed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);

function since(started: number): number {
  return (performance.now() - started) / 1000;
}

function shown(result: number): string {
  return Math.abs(result) < 0.01 ? result.toExponential(1) : result.toFixed(2);
}

function report(row: Row): void {
  rows.push(row);
  console.log(
    `${row.ok ? 'ok ' : 'NOT'}  ${row.run.padEnd(42)} seed ${row.seed}  ${row.quantity} ${shown(row.result)}  (reference ${row.reference})  ${row.seconds.toFixed(0)} s`,
  );
}
