import * as tf from '@tensorflow/tfjs';
import { convVae, mlpVae, Rng, type VaeModel } from 'tfjs-vae';
import { type ByHand, convByHand, mlpByHand } from './by-hand';
import { exampleVae } from './example-vae';

/**
 * `mlp`: 784–400–20–400–784, batch 128. `conv`: the defaults of `convVae` on 28×28, batch 128. `example`: the network of
 * tfjs's own example VAE, 784–512–2 with squared error, batch 256; stock runs its nested model.
 */
export type Network = 'mlp' | 'conv' | 'example';

type Case = { shape: readonly number[]; batch: number; ours(): VaeModel; byHand(): ByHand };

export const networks: Record<Network, Case> = {
  mlp: {
    shape: [784],
    batch: 128,
    ours: () => mlpVae({ inputShape: [784], latentDim: 20, seed: 1 }),
    byHand: mlpByHand,
  },
  conv: {
    shape: [28, 28, 1],
    batch: 128,
    ours: () => convVae({ inputShape: [28, 28, 1], latentDim: 16, seed: 1 }),
    byHand: convByHand,
  },
  example: {
    shape: [784],
    batch: 256,
    // Squared error times 784 is a Gaussian of variance ½, without its constant.
    ours: () =>
      mlpVae({
        inputShape: [784],
        latentDim: 2,
        hidden: [512],
        decoder: { sigma: Math.SQRT1_2, mean: 'sigmoid' },
        seed: 1,
      }),
    byHand: exampleVae,
  },
};

/** Grey values in [0, 1], 784 an image, as a data set of images has them. */
export async function images(count: number): Promise<Float32Array> {
  const t = new Rng(1).uniform([count * 784]);
  const values = Float32Array.from(await t.data(), v => Math.round(255 * v) / 255);
  t.dispose();
  return values;
}

/** The images as tensors, `batch` at a time. */
export function batchesOf(pixels: Float32Array, batch: number, shape: readonly number[]): tf.Tensor[] {
  const size = batch * 784;
  return Array.from({ length: pixels.length / size }, (_, i) =>
    tf.tensor(pixels.slice(i * size, (i + 1) * size), [batch, ...shape]),
  );
}
