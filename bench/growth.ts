import * as tf from '@tensorflow/tfjs';
import { iwaeObjective, mlpVae, VaeTrainer } from 'tfjs-vae';
import { Kernels } from './kernels';
import { type Contender, interleaved, medians, ratio, settled } from './measure';
import { batchesOf, images } from './networks';
import type { Result } from './result';
import { disposeAll } from './steps';

type Setting = { batch: number; width: number; latent: number; samples?: number };

const BASE: Setting = { batch: 128, width: 400, latent: 20 };
const SWEEPS: { by: keyof Setting; values: number[] }[] = [
  { by: 'batch', values: [32, 64, 128, 256, 512] },
  { by: 'width', values: [100, 200, 400, 800, 1600] },
  { by: 'latent', values: [2, 8, 32, 128] },
  { by: 'samples', values: [1, 5, 20, 50] },
];
const STEPS = 4;

/** How the time of the library's step grows with the size of the MLP: 784–400–20–400–784, batch 128, one size changed. */
export async function benchmarkGrowth(rounds: number): Promise<Result[]> {
  const kernels = new Kernels();
  await kernels.prepared();
  const results: Result[] = [];
  for (const { by, values } of SWEEPS) {
    const runners = await Promise.all(values.map(value => runner(`${by} ${value}`, { ...BASE, [by]: value })));
    const times = await interleaved(runners, rounds);
    for (const { dispose } of runners) dispose();
    const names = [...times.keys()];
    results.push({
      kind: 'growth',
      title: `MLP step by ${by === 'samples' ? 'IWAE samples' : by}`,
      unit: `ms per step, median of ${rounds} rounds of ${STEPS} steps`,
      values: medians(times, STEPS),
      ratios: Object.fromEntries(names.slice(1).map(name => [`${name} / ${names[0]}`, ratio(times, name, names[0]!)])),
    });
  }
  await kernels.stock();
  return results;
}

async function runner(name: string, setting: Setting): Promise<Contender & { dispose(): void }> {
  const { batch, width, latent, samples } = setting;
  const model = mlpVae({ inputShape: [784], hidden: [width], latentDim: latent, seed: 1 });
  const objective = samples === undefined ? {} : { objective: iwaeObjective({ samples }) };
  const trainer = new VaeTrainer({ model, ...objective, seed: 1, prepareBackend: false });
  const batches = batchesOf(await images(STEPS * batch), batch, [784]);
  return {
    name,
    async run() {
      for (const x of batches) disposeAll(trainer.step({ x }));
      await settled();
    },
    dispose() {
      tf.dispose(batches);
      trainer.dispose();
      model.dispose();
    },
  };
}
