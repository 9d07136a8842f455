// What a checkpoint costs beside training: an MLP 784–400–20, one checkpoint a minute into a folder.
// tsx scripts/saving-cost.ts [--checkpoints 9] [--backends cpu,wasm]
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { sprites } from '../src/datasets/sprites';
import { mlpVae } from '../src/models/mlp-vae';
import { folderStore } from '../src/node/folder-store';
import type { TrainerCallback } from '../src/training/callbacks';
import { checkpoint } from '../src/training/callbacks/checkpoint';
import { VaeTrainer } from '../src/training/trainer';
import { median } from './soak/sampler';

const { values: flags } = parseArgs({
  // npm run hands its own -- on.
  args: process.argv.slice(2).filter(arg => arg !== '--'),
  options: {
    checkpoints: { type: 'string', default: '9' },
    backends: { type: 'string', default: 'wasm,cpu' },
    /** Where the checkpoints go: a folder on a disk, since memory costs less. */
    folder: { type: 'string', default: 'out' },
  },
});
const count = Number(flags.checkpoints);
if (!Number.isSafeInteger(count) || count < 1)
  throw new Error(`--checkpoints must be a count, got ${flags.checkpoints}`);
const [MINUTE_MS, MOST] = [60_000, 0.05];
const [BATCH, STEPS_BETWEEN] = [128, 4];

tf.enableProdMode();
let isDear = false;
try {
  for (const backend of flags.backends.split(',')) {
    if (!(await tf.setBackend(backend))) throw new Error(`backend ${backend} does not load`);
    const { saveMs, stepMs, mebibytes } = await measure();
    const share = saveMs / MINUTE_MS;
    isDear ||= share > MOST;
    console.log(
      `${backend}: ${saveMs.toFixed(1)} ms a checkpoint of ${mebibytes.toFixed(2)} MiB, as long as ` +
        `${(saveMs / stepMs).toFixed(1)} steps of ${stepMs.toFixed(1)} ms; one a minute: ${(100 * share).toFixed(2)} % of the time`,
    );
  }
} catch (error) {
  // Left to itself, it would come with all of the backend's source.
  console.error((error as Error).stack);
  process.exit(1);
}
process.exit(isDear ? 1 : 0);

/** Medians: of a checkpoint from the step before it to the folder being on the disk, and of a step. */
async function measure(): Promise<{ saveMs: number; stepMs: number; mebibytes: number }> {
  const steps = STEPS_BETWEEN * (count + 1);
  const { images } = sprites({ count: BATCH * steps, size: 28, seed: 1 });
  const model = mlpVae({ inputShape: [28, 28, 1], latentDim: 20, hidden: [400], seed: 1 });
  const trainer = new VaeTrainer({ model, seed: 1 });
  const folder = mkdtempSync(join(resolve(flags.folder), 'saving-'));
  const saving = checkpoint({ store: folderStore(folder), every: { steps: STEPS_BETWEEN } });
  const [saves, stepTimes]: [number[], number[]] = [[], []];
  let last = 0;
  const timed: TrainerCallback = {
    ...saving,
    onBatchBegin: () => {
      last = performance.now();
    },
    onStep: () => void stepTimes.push(performance.now() - last), // both backends compute at once
    async onIdle() {
      const start = performance.now();
      await saving.onIdle!();
      saves.push(performance.now() - start);
    },
  };
  try {
    await trainer.fit(images, { epochs: 1, batchSize: BATCH, callbacks: timed });
    const [name] = readdirSync(folder);
    const mebibytes = statSync(join(folder, name!)).size / 2 ** 20;
    return { saveMs: median(saves.slice(1)), stepMs: median(stepTimes.slice(STEPS_BETWEEN)), mebibytes };
  } finally {
    rmSync(folder, { recursive: true });
    trainer.dispose();
    model.dispose();
  }
}
