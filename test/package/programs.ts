/** A few steps of a small model, for both copies of the package. */
const train = `
async function train(vae, backend) {
  await tf.setBackend(backend);
  const before = tf.memory().numTensors;
  const { images } = vae.sprites({ count: 64, size: 8, seed: 3 });
  const model = vae.mlpVae({ inputShape: [8, 8, 1], latentDim: 2, hidden: [32], seed: 1 });
  const trainer = new vae.VaeTrainer({ model, learningRate: 1e-2, seed: 2 });
  const { history } = await trainer.fit(images, { epochs: 6, batchSize: 32 });
  const steps = trainer.steps;
  trainer.dispose();
  model.dispose();
  return { losses: history.loss, steps, leaked: tf.memory().numTensors - before };
}
`;

export const esmProgram = `
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import * as vae from 'tfjs-vae';
${train}
console.log(JSON.stringify(await train(vae, 'wasm')));
`;

export const cjsProgram = `
const tf = require('@tensorflow/tfjs');
require('@tensorflow/tfjs-backend-wasm');
const vae = require('tfjs-vae');
${train}
train(vae, 'wasm').then(result => console.log(JSON.stringify(result)));
`;

export const bothProgram = `
import { createRequire } from 'node:module';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import * as esm from 'tfjs-vae';
const cjs = createRequire(import.meta.url)('tfjs-vae');
${train}
await tf.setBackend('wasm');
const stock = tf.getKernel('BatchMatMul', 'wasm').kernelFunc;
const first = await esm.prepareBackend();
const ours = tf.getKernel('BatchMatMul', 'wasm').kernelFunc;
const second = await cjs.prepareBackend();
const preparedOnce = ours !== stock && tf.getKernel('BatchMatMul', 'wasm').kernelFunc === ours;
const sameChanges = JSON.stringify(first.changes) === JSON.stringify(second.changes);
const trained = [await train(esm, 'wasm'), await train(cjs, 'wasm')];
second.restore();
first.restore();
const restored = tf.getKernel('BatchMatMul', 'wasm').kernelFunc === stock;

const parameters = seed => ({ mean: new esm.Rng(seed).normal([4, 3]), logVar: new esm.Rng(seed + 1).normal([4, 3]) });
const total = async t => (await tf.sum(t).data())[0];
const [q, p] = [parameters(1), parameters(5)];
const kl = await total(esm.klDivergence(new cjs.Normal(q), new esm.Normal(p)));
const klOfOneCopy = await total(cjs.klDivergence(new cjs.Normal(q), new cjs.Normal(p)));

esm.registerLayers();
cjs.registerLayers();
let loaded = 0;
for (const { GaussianHead, ReparamSampler } of [esm, cjs]) {
  const x = tf.input({ shape: [3] });
  const z = new ReparamSampler({ seed: 1 }).apply(new GaussianHead({ units: 2, seed: 1 }).apply(x));
  let saved;
  await tf.model({ inputs: x, outputs: z }).save(tf.io.withSaveHandler(async artifacts => {
    saved = artifacts;
    return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
  }));
  const again = await tf.loadLayersModel(tf.io.fromMemory(saved));
  if (again.predict(tf.ones([5, 3])).shape.join() === '5,2') loaded++;
}
const twoClasses = esm.Normal !== cjs.Normal;
console.log(JSON.stringify({ twoClasses, sameChanges, changes: first.changes.length, preparedOnce, restored, kl, klOfOneCopy, loaded, trained }));
`;

/** Prints the stack trace of a wrong call. */
export const throwingProgram = `
import { mlpVae } from 'tfjs-vae';
try {
  mlpVae({ inputShape: [4], latentDim: 0 });
} catch ({ stack }) {
  console.log(JSON.stringify({ stack }));
}
`;

/** In a project without the optional packages. */
export const nodeProgram = `
import * as tf from '@tensorflow/tfjs';
import { saveCurves, savePng } from 'tfjs-vae/node';
import { parquetRows } from 'tfjs-vae/parquet';
const message = promise => promise.then(() => '', error => error.message);
console.log(JSON.stringify({ messages: [
  await message(savePng('out.png', tf.zeros([2, 2]))),
  await message(saveCurves('out.svg', { history: { loss: [2, 1] } })),
  await message(parquetRows(new Blob([]), { fields: { x: 'x' } })),
] }));
`;

/** Files of the optional packages, made by both copies. */
export const filesProgram = `
import { createRequire } from 'node:module';
import * as tf from '@tensorflow/tfjs';
import * as esm from 'tfjs-vae/node';
const cjs = createRequire(import.meta.url)('tfjs-vae/node');
const folder = process.argv[2];
const stream = Object.assign(new (await import('node:stream')).PassThrough(), { isTTY: true, columns: 80, cursorTo() {}, clearLine() {} });
for (const [name, { savePng, saveCurves, progressBar }] of Object.entries({ esm, cjs })) {
  await savePng(folder + '/' + name + '.png', tf.ones([4, 4]));
  await saveCurves(folder + '/' + name + '-curves.png', { history: { loss: [2, 1] } });
  const bar = progressBar({ stream });
  await bar.onTrainBegin();
  bar.onTrainEnd();
}
console.log(JSON.stringify({ done: true }));
`;

export const typedProgram = `
import * as tf from '@tensorflow/tfjs';
import {
  Bernoulli, BernoulliDecoder, elboLoss, elboObjective, GaussianEncoder, GaussianHead, linearSchedule, Normal,
  ReparamSampler, Vae, VaeTrainer,
} from 'tfjs-vae';
import type { History } from 'tfjs-vae';
import type { ProgressBar } from 'tfjs-vae/node';

const vae = new Vae({
  encoder: new GaussianEncoder({
    network: tf.sequential({ layers: [tf.layers.dense({ inputShape: [16], units: 8, activation: 'relu' })] }),
    latentDim: 2,
  }),
  decoder: new BernoulliDecoder({ network: tf.sequential({ layers: [tf.layers.dense({ inputShape: [2], units: 16 })] }) }),
});
const trainer = new VaeTrainer({
  model: vae,
  objective: elboObjective({ beta: linearSchedule({ from: 0, to: 1, steps: 50 }) }),
  seed: 7,
});
export async function fit(x: tf.Tensor, bar: ProgressBar): Promise<History> {
  const history = await trainer.fit(x, {
    epochs: 2,
    validationData: x,
    callbacks: [bar, { onEpochEnd(epoch, logs) { console.log(epoch + 1, logs?.['elbo']?.toFixed(1)); } }],
  });
  const mean: tf.Tensor = vae.encode(x).params.mean;
  mean.dispose();
  return history;
}

const input = tf.input({ shape: [16] });
const [mean, logVar] = new GaussianHead({ units: 2 }).apply(input);
const z = new ReparamSampler({ seed: 7 }).apply([mean, logVar]);
const logits = tf.layers.dense({ units: 16 }).apply(z) as tf.SymbolicTensor;
const model = tf.model({ inputs: input, outputs: [logits, mean, logVar] });
export function loss(batch: tf.Tensor): tf.Scalar {
  const [l, m, lv] = model.apply(batch, { training: true }) as [tf.Tensor, tf.Tensor, tf.Tensor];
  return elboLoss({ x: batch, likelihood: new Bernoulli({ logits: l }), posterior: new Normal({ mean: m, logVar: lv }) }).loss;
}
`;
