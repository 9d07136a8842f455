import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { type BackendReport, mlpVae, prepareBackend, Rng, VaeTrainer } from 'tfjs-vae';
import { byHand } from './by-hand';
import { type Contender, interleaved, median, ratio } from './measure';

const BATCH = 128;
const { values: options } = parseArgs({
  options: { rounds: { type: 'string', default: '7' }, backend: { type: 'string', multiple: true } },
});
const rounds = Number(options.rounds);
if (!Number.isInteger(rounds) || rounds < 1) {
  console.error(`bench: --rounds must be a positive integer, got ${options.rounds}`);
  process.exit(2);
}
/** Steps in one measurement. */
const STEPS: Record<string, number> = { cpu: 2, wasm: 20 };

tf.enableProdMode();
const results = [];
for (const backend of options.backend ?? ['cpu', 'wasm']) {
  if (!(backend in STEPS) || !(await tf.setBackend(backend))) {
    console.log(`${backend}: absent here, skipped`);
    continue;
  }
  results.push(await benchmark(backend, STEPS[backend]!));
}
await mkdir('out', { recursive: true });
const machine = { node: process.version, cpu: cpus()[0]?.model, cores: cpus().length };
const network = `784–400–20–400–784, batch ${BATCH}`;
await writeFile('out/bench.json', `${JSON.stringify({ network, rounds, machine, results }, undefined, 2)}\n`);
console.log('\nWritten to out/bench.json. A ratio is the median over the rounds of two times of the same round.');

async function benchmark(backend: string, steps: number) {
  const images = new Uint8Array(steps * BATCH * 784);
  const pixels = new Rng(1).uniform([steps * BATCH, 784]);
  images.set((await pixels.data()).map(v => Math.round(255 * v)));
  pixels.dispose();
  const x = tf.div(tf.tensor2d(images.subarray(0, BATCH * 784), [BATCH, 784], 'float32'), 255);
  const field = { values: images, shape: [steps * BATCH, 784], scale: 1 / 255 };

  const hand = byHand();
  const model = mlpVae({ inputShape: [784], latentDim: 20, seed: 1 });
  const trainer = new VaeTrainer({ model, seed: 1, prepareBackend: false });

  // Kernels are the process's: each measurement asks for those it wants.
  let report: BackendReport | undefined;
  const stock = async () => {
    report?.restore();
    report = undefined;
  };
  const prepared = async () => {
    report ??= await prepareBackend();
  };
  const repeat = (step: () => tf.Scalar) => async () => {
    for (let i = 0; i < steps; i++) {
      const loss = step();
      if (i === steps - 1) await loss.data();
      loss.dispose();
    }
  };
  const handStep = repeat(() => hand.step(x));
  const ourStep = repeat(() => {
    const { loss, reconstruction, elbo, kl } = trainer.step({ x });
    tf.dispose([reconstruction, elbo, kl] as tf.TensorContainer);
    return loss;
  });
  const contenders: Contender[] = [
    { name: 'by hand, stock', before: stock, run: handStep },
    { name: 'library step, stock', before: stock, run: ourStep },
    { name: 'by hand, prepared', before: prepared, run: handStep },
    { name: 'library step, prepared', before: prepared, run: ourStep },
    {
      name: 'fit, prepared',
      before: prepared,
      run: async () => void (await trainer.fit(field, { epochs: 1, batchSize: BATCH })),
    },
  ];
  const times = await interleaved(contenders, rounds);
  await stock();
  tf.dispose(x);
  hand.dispose();
  trainer.dispose();
  model.dispose();

  const milliseconds = Object.fromEntries([...times].map(([name, all]) => [name, median(all) / steps]));
  const ratios = {
    'by hand, stock / library step, prepared': ratio(times, 'by hand, stock', 'library step, prepared'),
    'by hand, stock / library step, stock': ratio(times, 'by hand, stock', 'library step, stock'),
    'by hand, stock / by hand, prepared': ratio(times, 'by hand, stock', 'by hand, prepared'),
    'fit / library step, prepared': ratio(times, 'fit, prepared', 'library step, prepared'),
  };
  console.log(`\n${backend}: ms per step, median of ${rounds} rounds of ${steps} steps`);
  for (const [name, ms] of Object.entries(milliseconds))
    console.log(`  ${name.padEnd(42)}${ms.toFixed(1).padStart(8)}`);
  console.log('ratios');
  for (const [name, value] of Object.entries(ratios))
    console.log(`  ${name.padEnd(42)}${value.toFixed(2).padStart(8)}`);
  return { backend, steps, milliseconds, ratios };
}
