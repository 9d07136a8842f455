// 20,000 steps with every callback on: memory in tensors and in the heap must stay flat, and steps as fast as at first.
// tsx scripts/soak.ts [--steps 20000] [--backend wasm]
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { sprites } from '../src/datasets/sprites';
import { mlpVae } from '../src/models/mlp-vae';
import { appendTo } from '../src/node/append-to';
import { folderStore } from '../src/node/folder-store';
import { saveCurves } from '../src/node/save-curves';
import { AdamW } from '../src/optimizers/adam-w';
import { checkpoint } from '../src/training/callbacks/checkpoint';
import { earlyStopping } from '../src/training/callbacks/early-stopping';
import { ema } from '../src/training/callbacks/ema';
import { csvLog, jsonLines } from '../src/training/callbacks/log-lines';
import { reduceOnPlateau } from '../src/training/callbacks/reduce-on-plateau';
import { timeBudget } from '../src/training/callbacks/time-budget';
import { watchLatents } from '../src/training/callbacks/watch-latents';
import { VaeTrainer } from '../src/training/trainer';
import { median, Sampler } from './soak/sampler';

const { values: flags } = parseArgs({
  // npm run hands its own -- on.
  args: process.argv.slice(2).filter(arg => arg !== '--'),
  options: {
    steps: { type: 'string', default: '20000' },
    backend: { type: 'string', default: 'wasm' },
    out: { type: 'string', default: 'out' },
  },
});
const [BATCH, STEPS_PER_EPOCH, WINDOWS] = [32, 40, 20];
const steps = Number(flags.steps);
if (!Number.isSafeInteger(steps) || steps < 1 || steps % (WINDOWS * STEPS_PER_EPOCH) !== 0) {
  throw new Error(`--steps must be a multiple of ${WINDOWS * STEPS_PER_EPOCH}, got ${flags.steps}`);
}
const WINDOW = steps / WINDOWS;
/** The first window builds what stays: compiled code, state of the optimizer, the pools of the backend. */
const WARM_UP = 1;
const [HEAP_GROWTH, SLOWDOWN] = [0.05, 0.1];

setFlagsFromString('--expose_gc');
const collect = runInNewContext('gc') as () => void;
tf.enableProdMode();
if (!(await tf.setBackend(flags.backend))) throw new Error(`backend ${flags.backend} does not load`);

const sampler = new Sampler(WINDOW, collect);
const { samples } = sampler;
const folder = mkdtempSync(join(tmpdir(), 'soak-'));
try {
  await train();
} catch (error) {
  // Left to itself, it would come with all of the backend's source.
  console.error((error as Error).stack);
  process.exit(1);
} finally {
  rmSync(folder, { recursive: true });
}
console.table(samples);
mkdirSync(flags.out, { recursive: true });
const verdicts = judge();
writeFileSync(
  join(flags.out, 'soak.json'),
  `${JSON.stringify({ backend: flags.backend, steps, samples, verdicts }, null, 2)}\n`,
);
await plot();
for (const { what, good } of verdicts) console.log(`${good ? 'good' : 'FAILED'}: ${what}`);
process.exit(verdicts.every(({ good }) => good) ? 0 : 1);

async function train(): Promise<void> {
  const shape = [16, 16, 1];
  const { images } = sprites({ count: BATCH * STEPS_PER_EPOCH, size: 16, seed: 1 });
  const test = sprites({ count: 64, size: 16, seed: 2 }).images;
  const model = mlpVae({ inputShape: shape, latentDim: 8, hidden: [64], seed: 1 });
  const trainer = new VaeTrainer({ model, optimizer: new AdamW({ learningRate: 1e-3 }), clipNorm: 100, seed: 1 });
  await trainer.fit(images, {
    epochs: steps / STEPS_PER_EPOCH,
    batchSize: BATCH,
    validationData: test,
    callbacks: [
      ema(),
      reduceOnPlateau({ patience: 100 }),
      earlyStopping({ patience: 1e6 }),
      timeBudget({ seconds: 3600 }),
      watchLatents({ data: test, onReport: () => {} }),
      jsonLines(appendTo(join(folder, 'steps.jsonl')), { every: 10 }),
      csvLog(appendTo(join(folder, 'epochs.csv'))),
      checkpoint({ store: folderStore(join(folder, 'run')), every: { steps: 1000 }, monitor: 'val_elbo' }),
      sampler.callback(() => trainer.steps),
    ],
  });
}

function judge(): { what: string; good: boolean }[] {
  const counted = samples.slice(WARM_UP);
  const [first, last] = [counted[0]!, counted.at(-1)!];
  const isFlat = counted.every(s => s.tensors === first.tensors && s.tensorKiB === first.tensorKiB);
  const growth = last.heapMiB / first.heapMiB - 1;
  const tenth = WINDOWS / 10;
  const early = median(counted.slice(0, tenth).map(s => s.msPerStep));
  const late = median(counted.slice(-tenth).map(s => s.msPerStep));
  const percent = (share: number) => `${share < 0 ? '' : '+'}${(100 * share).toFixed(1)} %`;
  return [
    { what: `${first.tensors} tensors, ${first.tensorKiB} KiB after each window`, good: isFlat },
    { what: `heap ${first.heapMiB} MiB, at the end ${last.heapMiB} (${percent(growth)})`, good: growth <= HEAP_GROWTH },
    {
      what: `${early.toFixed(2)} ms a step in the first tenth, ${late.toFixed(2)} in the last (${percent(late / early - 1)}; run it again on a quiet machine where others were busy)`,
      good: late <= early * (1 + SLOWDOWN),
    },
  ];
}

async function plot(): Promise<void> {
  const keys = ['msPerStep', 'tensors', 'heapMiB', 'rssMiB'] as const;
  const history = Object.fromEntries(keys.map(key => [key, samples.map(sample => sample[key])]));
  const title = `${steps} steps on ${flags.backend}, sampled each ${WINDOW}`;
  await saveCurves(join(flags.out, 'soak.png'), { history }, { title, keys: [...keys] });
}
