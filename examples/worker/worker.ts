/// <reference types="vite/client" />
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import plainWasm from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simdWasm from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import threadedWasm from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import '@tensorflow/tfjs-backend-webgpu';
import { indexedDbStore, mlpVae, splitDataset, sprites, VaeTrainer } from 'tfjs-vae';
import { serveTraining } from 'tfjs-vae/web';

/** What the page asks for. */
export type Config = { backend: string; store: string; epochs: number; count: number; batchSize: number };

setWasmPaths({
  'tfjs-backend-wasm.wasm': plainWasm,
  'tfjs-backend-wasm-simd.wasm': simdWasm,
  'tfjs-backend-wasm-threaded-simd.wasm': threadedWasm,
});
tf.enableProdMode();

serveTraining(async ({ backend, store, epochs, count, batchSize }: Config) => {
  if (!(await tf.setBackend(backend))) throw new Error(`this browser has no ${backend} in workers`);
  const { train, test } = splitDataset({ images: sprites({ count: count + 300 }).images }, { test: 300 });
  const vae = mlpVae({ inputShape: [28, 28, 1], latentDim: 8, seed: 1 });
  return {
    trainer: new VaeTrainer({ model: vae, learningRate: 2e-3, seed: 7 }),
    data: train.images,
    validationData: test.images,
    batchSize,
    totalEpochs: epochs,
    checkpoint: { store: indexedDbStore(store), every: { seconds: 5 } },
    pictures: { images: () => vae.sample(36, { seed: 3 }), every: { steps: 15 }, background: 0.15 },
  };
});
