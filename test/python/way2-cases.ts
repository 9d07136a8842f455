import * as tf from '@tensorflow/tfjs';
import {
  BernoulliDecoder,
  bernoulliFamily,
  convVae,
  Dropout,
  GaussianDecoder,
  GaussianEncoder,
  GaussianHead,
  gaussianFamily,
  LikelihoodDecoder,
  mlpVae,
  normalFamily,
  PosteriorEncoder,
  Vae,
} from 'tfjs-vae';

/** A model that PyTorch knows, and what its pass needs. */
export type Case = {
  name: string;
  build(): Vae;
  /** Whether batch statistics, dropout and an optimal σ are on. */
  training?: boolean;
  /** Shapes without the batch of what dropout draws in the encoder, in order. */
  dropped?: readonly (readonly number[])[];
};

type Activation = Parameters<typeof tf.layers.activation>[0]['activation'];
const apply = (layer: tf.layers.Layer, x: tf.SymbolicTensor | tf.SymbolicTensor[]) =>
  layer.apply(x) as tf.SymbolicTensor;
const dense = (units: number, activation?: Activation) =>
  tf.layers.dense({ units, ...(activation && { activation }), biasInitializer: 'randomNormal' });
const small = { inputShape: [5, 4, 1], latentDim: 3, hidden: [8], seed: 3 } as const;

/** Kernels longer and shorter than their strides, even ones, `same` and `valid`, on odd images. */
function strides(): Vae {
  const x = tf.input({ shape: [11, 9, 2] });
  let h = apply(
    tf.layers.conv2d({ filters: 3, kernelSize: [4, 3], strides: 2, padding: 'same', activation: 'elu' }),
    x,
  );
  h = apply(tf.layers.conv2d({ filters: 4, kernelSize: 2, strides: [1, 2], padding: 'valid', useBias: false }), h);
  h = apply(tf.layers.leakyReLU({ alpha: 0.1 }), h);
  h = apply(tf.layers.conv2d({ filters: 2, kernelSize: [3, 2], padding: 'same' }), h);
  const encoder = tf.model({ inputs: x, outputs: apply(tf.layers.activation({ activation: 'tanh' }), h) });
  const z = tf.input({ shape: [3] });
  let g = apply(tf.layers.reshape({ targetShape: [3, 2, 2] }), apply(dense(12, 'selu'), z));
  g = apply(tf.layers.conv2dTranspose({ filters: 3, kernelSize: [4, 3], strides: 2, padding: 'valid' }), g);
  g = apply(tf.layers.conv2dTranspose({ filters: 2, kernelSize: [2, 1], strides: [3, 2], padding: 'same' }), g);
  g = apply(tf.layers.activation({ activation: 'swish' }), g);
  g = apply(
    tf.layers.conv2dTranspose({ filters: 2, kernelSize: 1, strides: [2, 1], padding: 'valid', useBias: false }),
    g,
  );
  g = apply(tf.layers.conv2dTranspose({ filters: 2, kernelSize: 3, strides: 1, padding: 'same' }), g);
  g = apply(tf.layers.conv2d({ filters: 2, kernelSize: [38, 2], padding: 'valid' }), g);
  const output = apply(dense(11 * 9 * 2), apply(tf.layers.flatten(), g));
  const shaped = apply(tf.layers.reshape({ targetShape: [11, 9, 2] }), output);
  return new Vae({
    encoder: new GaussianEncoder({ network: encoder, latentDim: 3, seed: 1 }),
    decoder: new GaussianDecoder({ network: tf.model({ inputs: z, outputs: shaped }), sigma: 0.5, mean: 'sigmoid' }),
  });
}

/** Batch statistics and dropout, in a sequential network and in one that stands in another. */
function normalised(): Vae {
  const inner = tf.sequential({
    layers: [
      tf.layers.dense({ inputShape: [6], units: 5 }),
      tf.layers.batchNormalization({ momentum: 0.9, epsilon: 1e-2 }),
      tf.layers.reLU({ maxValue: 2 }),
    ],
  });
  const encoder = tf.sequential({
    layers: [
      tf.layers.conv2d({ inputShape: [5, 4, 1], filters: 3, kernelSize: 3, padding: 'same' }),
      tf.layers.batchNormalization({}),
      new Dropout({ rate: 0.3, seed: 1, name: 'drop-a' }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 6, activation: 'softplus' }),
      new Dropout({ rate: 0.5, seed: 1, name: 'drop-b', noiseShape: [null, 1] }),
      inner,
    ],
  });
  const decoder = tf.sequential({
    layers: [
      tf.layers.dense({ inputShape: [3], units: 7, activation: 'gelu' as Activation }),
      tf.layers.batchNormalization({}),
      tf.layers.dense({ units: 20 }),
      tf.layers.reshape({ targetShape: [5, 4, 1] }),
    ],
  });
  return new Vae({
    encoder: new GaussianEncoder({ network: encoder, latentDim: 3, seed: 1 }),
    decoder: new BernoulliDecoder({ network: decoder }),
  });
}

/** A shared layer and a shared network, sums, concatenation along another axis, heads within the network. */
function shared(): Vae {
  const x = tf.input({ shape: [5, 4] });
  const c = tf.input({ shape: [2] });
  const block = tf.sequential({
    layers: [tf.layers.dense({ inputShape: [6], units: 6, activation: 'tanh' }), tf.layers.dense({ units: 6 })],
  });
  const shared = dense(4, 'softsign');
  const both = apply(tf.layers.concatenate({ axis: 1 }), [apply(shared, x), apply(shared, apply(shared, x))]);
  let h = apply(tf.layers.concatenate(), [apply(tf.layers.flatten(), both), c]);
  h = apply(dense(6, 'hardSigmoid'), h);
  h = apply(tf.layers.add(), [h, apply(block, h), apply(block, apply(block, h))]);
  const outputs = new GaussianHead({ units: 3, logVarRange: [-0.1, 0.1], seed: 2 }).apply(h);
  const z = tf.input({ shape: [3] });
  const d = tf.input({ shape: [2] });
  let g = apply(dense(8, 'relu6'), apply(tf.layers.concatenate(), [z, d]));
  g = apply(tf.layers.softmax({ axis: -1 }), g);
  const ends = [0, 1].map(() => apply(tf.layers.reshape({ targetShape: [5, 4] }), apply(dense(20), g)));
  return new Vae({
    encoder: new GaussianEncoder({ network: tf.model({ inputs: [x, c], outputs }), latentDim: 3 }),
    decoder: new GaussianDecoder({
      network: tf.model({ inputs: [z, d], outputs: ends }),
      sigma: 'perElement',
      sigmaFloor: 0.05,
    }),
  });
}

function families(): Vae {
  const encoder = tf.sequential({
    layers: [tf.layers.dense({ inputShape: [20], units: 8, activation: 'mish' as Activation })],
  });
  const decoder = tf.sequential({ layers: [tf.layers.dense({ inputShape: [3], units: 20, activation: 'linear' })] });
  return new Vae({
    encoder: new PosteriorEncoder({
      network: encoder,
      latentDim: 3,
      posterior: normalFamily({ logVarRange: [-0.2, 0.2] }),
      seed: 4,
    }),
    decoder: new LikelihoodDecoder({ network: decoder, likelihood: bernoulliFamily() }),
  });
}

/** Two outputs under a family that bounds them, and a number for every activation that is left. */
function twoOutputs(): Vae {
  const x = tf.input({ shape: [20] });
  const h = (['hardSigmoid', 'sigmoid', 'logSoftmax', 'softmax'] as Activation[]).map(a => apply(dense(4, a), x));
  const joined = apply(tf.layers.elu({}), apply(tf.layers.concatenate(), h));
  const outputs = [apply(dense(3), joined), apply(dense(3), joined)];
  const decoder = tf.sequential({ layers: [tf.layers.dense({ inputShape: [3], units: 40 })] });
  return new Vae({
    encoder: new PosteriorEncoder({
      network: tf.model({ inputs: x, outputs }),
      latentDim: 3,
      posterior: normalFamily(),
    }),
    decoder: new LikelihoodDecoder({
      network: decoder,
      likelihood: gaussianFamily({ sigma: 'perElement', mean: 'sigmoid' }),
    }),
  });
}

export const cases: readonly Case[] = [
  { name: 'mlp, Bernoulli', build: () => mlpVae(small) },
  { name: 'mlp, σ a number', build: () => mlpVae({ ...small, decoder: { sigma: 0.3 } }) },
  {
    name: 'mlp, σ shared',
    build: () => mlpVae({ ...small, decoder: { sigma: 'shared', mean: 'sigmoid', sigmaFloor: 0.1 } }),
  },
  { name: 'mlp, σ per element', build: () => mlpVae({ ...small, decoder: { sigma: 'perElement' } }) },
  {
    name: 'mlp, σ optimal, training',
    training: true,
    build: () => mlpVae({ ...small, decoder: { sigma: 'optimal', mean: 'sigmoid' } }),
  },
  { name: 'mlp, σ optimal', build: () => mlpVae({ ...small, decoder: { sigma: 'optimal' } }) },
  { name: 'mlp, conditional', build: () => mlpVae({ ...small, conditionDim: 2 }) },
  { name: 'conv, Bernoulli', build: () => convVae({ inputShape: [8, 12, 2], latentDim: 3, filters: [3, 4], seed: 1 }) },
  {
    name: 'conv, even kernels, conditional',
    build: () =>
      convVae({
        inputShape: [8, 4, 1],
        latentDim: 3,
        filters: [3, 4],
        kernelSize: 4,
        conditionDim: 2,
        decoder: { sigma: 'perElement', mean: 'sigmoid' },
        seed: 1,
      }),
  },
  { name: 'strides and paddings', build: strides },
  { name: 'batch statistics and dropout, training', training: true, dropped: [[5, 4, 3], [1]], build: normalised },
  { name: 'batch statistics and dropout', build: normalised },
  { name: 'shared layers, conditional', build: shared },
  { name: 'families', build: families },
  { name: 'two outputs', build: twoOutputs },
];
