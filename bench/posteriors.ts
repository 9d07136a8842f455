import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import {
  type Family,
  flowFamily,
  iafFlow,
  lowRankNormalFamily,
  mlpVae,
  multivariateNormalFamily,
  normalFamily,
  Rng,
  VaeTrainer,
} from 'tfjs-vae';
import { type Contender, interleaved, median, ratio, settled } from './measure';

/**
 * What a posterior costs: training steps of 784–400–20–400–784, batch 128, as multiples of the diagonal Gaussian.
 *
 *     npx tsx bench/posteriors.ts [rounds]
 */
const LATENT_DIM = 20;
const STEPS = 10;

const posteriors: Readonly<Record<string, () => Family>> = {
  diagonal: () => normalFamily(),
  'full covariance': () => multivariateNormalFamily(),
  'low rank, 2': () => lowRankNormalFamily({ rank: 2 }),
  'low rank, 10': () => lowRankNormalFamily({ rank: 10 }),
  'four IAF steps': () => flowFamily({ base: normalFamily(), flow: [iafFlow({ steps: 4, hidden: 128, context: 32 })] }),
};

async function measure(backend: string, rounds: number): Promise<void> {
  await tf.setBackend(backend);
  const x = tf.tidy(() => new Rng(1).uniform([128, 784]));
  const trainers = Object.entries(posteriors).map(([name, posterior]) => {
    const model = mlpVae({ inputShape: [784], latentDim: LATENT_DIM, posterior: posterior(), seed: 1 });
    return { name, trainer: new VaeTrainer({ model, seed: 1 }), model };
  });
  const contenders: Contender[] = [];
  for (const { name, trainer } of trainers) {
    await trainer.prepare();
    const run = async () => {
      for (let i = 0; i < STEPS; i++) tf.dispose(Object.values(trainer.step({ x })) as tf.Tensor[]);
      await settled();
    };
    contenders.push({ name, run });
  }
  const times = await interleaved(contenders, rounds);
  for (const name of Object.keys(posteriors).slice(1)) {
    const milliseconds = (median(times.get(name)!) / STEPS).toFixed(2);
    console.log(
      `${backend}: ${name} takes ${ratio(times, name, 'diagonal').toFixed(2)} of a diagonal step (${milliseconds} ms)`,
    );
  }
  for (const { trainer, model } of trainers) {
    trainer.dispose();
    model.dispose();
  }
  x.dispose();
}

await measure('wasm', Number(process.argv[2] ?? 15));
