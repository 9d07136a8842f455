// What a group adds to a step beside the sum: flattening, handing over, copying back. A job of one process stands in for
// several, so the sum itself costs nothing; steps with and without a group are made in turns.
// Prints `{ weights, plain, group, own }`, medians in milliseconds.
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { mlpVae, prepareBackend, Rng } from 'tfjs-vae';
import { torchGroup } from 'tfjs-vae/node';
import type { OpenData } from '../../src/models/open-data';
import { groupStep } from '../../src/training/group/step';
import { tensorsOf } from '../../src/training/read-terms';
import { trainStep } from '../../src/training/train-step';
import { newTrainerState } from '../../src/training/trainer-state';
import { median } from '../measure';

const BATCH = 64;
tf.enableProdMode();
await tf.setBackend('wasm');
await prepareBackend();
const group = { ...torchGroup(), size: 2 };
const x = tf.tensor(new Rng(1).uniformValues(BATCH * 784), [BATCH, 28, 28, 1]);
const build = () => mlpVae({ inputShape: [28, 28, 1], latentDim: 20, hidden: [400], seed: 7 });
const [alone, together] = [
  newTrainerState({ model: build(), seed: 1 }),
  newTrainerState({ model: build(), seed: 1, group }),
];
const data = { owner: 'bench', source: { kind: 'rows', size: BATCH, fields: {} } } as unknown as OpenData;

async function plainStep(): Promise<void> {
  const { terms, finite } = trainStep(alone, { x }, data);
  await finite.data();
  tf.dispose([tensorsOf(terms), finite]);
}

async function stepOfGroup(): Promise<void> {
  const share = { batch: { x }, examples: BATCH, first: 0, whole: BATCH, leaving: false };
  const outcome = await groupStep(together, group, share, data);
  if (outcome.kind === 'made') await outcome.reading;
}

const times: Record<'plain' | 'group', number[]> = { plain: [], group: [] };
for (let round = 0; round < 150; round++) {
  for (const [name, step] of [
    ['plain', plainStep],
    ['group', stepOfGroup],
  ] as const) {
    const begun = performance.now();
    await step();
    if (round >= 20) times[name].push(performance.now() - begun);
  }
}
const weights = alone.model.trainableVariables().reduce((sum, v) => sum + v.size, 0);
const [plain, grouped] = [median(times.plain), median(times.group)];
console.log(JSON.stringify({ weights, plain, group: grouped, own: grouped - plain }));
