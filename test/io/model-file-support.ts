import * as tf from '@tensorflow/tfjs';
import { convVae } from '../../src/models/conv-vae';
import { mlpVae } from '../../src/models/mlp-vae';
import type { Vae } from '../../src/models/vae';
import { Rng } from '../../src/random/rng';

/** A file in memory, to be read and written. */
export function memoryFile() {
  return {
    name: 'memory.safetensors',
    bytes: undefined as Uint8Array | undefined,
    async write(bytes: Uint8Array) {
      this.bytes = bytes.slice();
    },
    async read() {
      return this.bytes!;
    },
  };
}

/** Ready-made variants: each likelihood, with and without a condition. */
export const variants: Record<string, () => Vae> = {
  mlp: () => mlpVae({ inputShape: [4, 4, 1], latentDim: 2, hidden: [5, 4], seed: 7 }),
  'mlp, vectors': () => mlpVae({ inputShape: [6], latentDim: 3, hidden: [5], seed: 7 }),
  conv: () => convVae({ inputShape: [4, 4, 1], latentDim: 2, filters: [2, 3], seed: 7 }),
  'mlp, conditional': () => mlpVae({ inputShape: [6], latentDim: 2, hidden: [5], conditionDim: 3, seed: 7 }),
  'conv, conditional': () =>
    convVae({ inputShape: [4, 4, 1], latentDim: 2, filters: [2], conditionDim: 3, seed: 7, decoder: { sigma: 0.5 } }),
  'sigma given': () => mlpVae({ inputShape: [6], latentDim: 2, hidden: [5], seed: 7, decoder: { sigma: 0.3 } }),
  'sigma shared': () =>
    mlpVae({ inputShape: [6], latentDim: 2, hidden: [5], seed: 7, decoder: { sigma: 'shared', mean: 'sigmoid' } }),
  'sigma per element': () =>
    convVae({
      inputShape: [4, 4, 1],
      latentDim: 2,
      filters: [2],
      seed: 7,
      decoder: { sigma: 'perElement', sigmaFloor: 0.05 },
    }),
  'sigma optimal': () =>
    mlpVae({ inputShape: [6], latentDim: 2, hidden: [5], seed: 7, decoder: { sigma: 'optimal', sigmaFloor: 0.01 } }),
};

/** Values that no initialiser makes: biases and running numbers get something as well. */
export function shake(vae: Vae, seed: number): void {
  const rng = new Rng(seed);
  for (const [path, v] of Object.entries(vae.variables())) {
    tf.tidy(() => v.assign(tf.add(v, tf.mul(0.2, tf.abs(rng.fork(path).normal(v.shape))))));
  }
}

/** What a model makes of seeded inputs: posterior, likelihood and fresh data. */
export function outputsOf(vae: Vae): Record<string, number[]> {
  return tf.tidy(() => {
    const rng = new Rng(3);
    const x = rng.fork('x').uniform([2, ...(vae.inputShape as number[])]);
    const condition = vae.conditional ? { condition: tf.oneHot([0, 2], 3) } : {};
    const posterior = vae.encode(x, condition);
    const likelihood = vae.decode(posterior.mean(), condition);
    const of = (t: tf.Tensor) => Array.from(t.dataSync());
    return {
      mean: of(posterior.mean()),
      variance: of(posterior.variance!()),
      reconstruction: of(likelihood.mean()),
      logProb: of(likelihood.logProb(x)),
      fresh: of(vae.sample(2, { seed: 1, ...condition })),
    };
  });
}
