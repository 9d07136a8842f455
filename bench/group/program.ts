// One process of a group: times steps of the convolutional VAE at a batch that all processes share.
// Prints `{ rank, step }`, the median in milliseconds.
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { convVae, mlpVae, Rng, VaeTrainer } from 'tfjs-vae';
import { torchGroup } from 'tfjs-vae/node';
import { median } from '../measure';

const [network, batchSize, steps] = process.argv.slice(2) as [string, string, string];
tf.enableProdMode();
await tf.setBackend('wasm');
const group = torchGroup();
const inputShape: [number, number, number] = [28, 28, 1];
const model =
  network === 'conv'
    ? convVae({ inputShape, latentDim: 16, seed: 7 })
    : mlpVae({ inputShape, latentDim: 20, hidden: [400], seed: 7 });
const count = Number(batchSize) * (Number(steps) + 2);
const x = { values: new Rng(1).uniformValues(count * 784), shape: [count, 28, 28, 1] };
const trainer = new VaeTrainer({ model, group, seed: 1 });
const times: number[] = [];
let last = performance.now();
await trainer.fit(x, {
  epochs: 1,
  batchSize: Number(batchSize),
  callbacks: {
    onBatchEnd() {
      const now = performance.now();
      times.push(now - last);
      last = now;
    },
  },
});
// The first two make the kernels and look at the batch.
if (group.rank === 0) console.log(JSON.stringify({ step: median(times.slice(2)) }));
