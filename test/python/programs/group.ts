/**
 * What each process of a group runs in the tests: trains as its argument says, and writes what it found to
 * `out/rank-N.json`.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { checkpoint, iwaeObjective, Rng, VaeTrainer } from 'tfjs-vae';
import { folderStore, torchGroup } from 'tfjs-vae/node';
import { buildModel, type ModelName } from './models';

/** What a process is asked to do. */
export type Task = {
  model: ModelName;
  /** Samples of the importance-weighted bound; the ELBO without. */
  samples?: number;
  examples: number;
  batchSize: number;
  epochs: number;
  out: string;
  /** Where checkpoints go, and from where it goes on. */
  store?: string;
  /** The process that ends after so many steps: it throws, or kills itself. A job that was started again goes on. */
  failing?: { rank: number; steps: number; kills?: boolean };
  /** Ends with this code. */
  exitCode?: number;
};

/** What it found. */
export type Found = {
  losses: number[];
  /** The weights after each epoch. */
  weights: number[][];
  seconds: number;
};

const task = JSON.parse(process.argv[2]!) as Task;
await tf.setBackend('wasm');
const group = torchGroup();
const model = buildModel(task.model);
const x = {
  values: new Rng(1).uniformValues(task.examples * 64),
  shape: [task.examples, ...model.inputShape!] as number[],
};
const trainer = new VaeTrainer({
  model,
  group,
  seed: 3,
  ...(task.samples !== undefined && { objective: iwaeObjective({ samples: task.samples }) }),
});
const found: Found = { losses: [], weights: [], seconds: 0 };
const store = task.store === undefined ? undefined : folderStore(task.store);
if (store) await trainer.resume(store);
/** Whether torchrun has not restarted the job. */
const isFirst = (process.env['TORCHELASTIC_RESTART_COUNT'] ?? '0') === '0';
const begun = performance.now();
await trainer.fit(x, {
  totalEpochs: task.epochs,
  batchSize: task.batchSize,
  callbacks: [
    {
      onTrainBegin() {
        mkdirSync(task.out, { recursive: true });
        writeFileSync(`${task.out}/joined-${group.rank}`, '');
      },
      onBatchEnd(_, logs) {
        found.losses.push(logs!['loss']!);
        if (isFirst && task.failing?.rank === group.rank && trainer.steps === task.failing.steps) {
          if (task.failing.kills) process.kill(process.pid, 'SIGKILL');
          throw new Error('it fails on purpose');
        }
      },
      onEpochEnd() {
        found.weights.push(Object.values(model.variables()).flatMap(variable => [...variable.dataSync()]));
      },
    },
    ...(store ? [checkpoint({ store, every: { steps: 3 } })] : []),
  ],
});
found.seconds = (performance.now() - begun) / 1000;
writeFileSync(`${task.out}/rank-${group.rank}.json`, JSON.stringify(found));
process.exitCode = task.exitCode ?? 0;
