import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { readSafetensors } from '../../src/io/safetensors';
import { type TorchNames, torchExampleNames } from '../../src/io/torch-names';
import { BernoulliDecoder } from '../../src/models/bernoulli-decoder';
import { GaussianEncoder } from '../../src/models/gaussian-encoder';
import { mlpVae } from '../../src/models/mlp-vae';
import { Vae } from '../../src/models/vae';

const { layers } = tf;
const EPSILON = 1e-5;

/** The model `conv` of scripts/golden/make_torch.py, with the paddings and the ε of torch. */
function convModel(): Vae {
  const encoder = tf.sequential({
    layers: [
      layers.zeroPadding2d({ padding: 1, inputShape: [8, 12, 2] }),
      layers.conv2d({ filters: 4, kernelSize: 3, strides: 2 }),
      layers.batchNormalization({ epsilon: EPSILON }),
      layers.reLU(),
      layers.zeroPadding2d({ padding: 1 }),
      layers.conv2d({ filters: 5, kernelSize: 3, strides: 2, activation: 'relu' }),
      layers.flatten(),
      layers.batchNormalization({ epsilon: EPSILON }),
      layers.dense({ units: 7, activation: 'tanh' }),
    ],
  });
  const cropped: [[number, number], [number, number]] = [
    [1, 0],
    [1, 0],
  ];
  const decoder = tf.sequential({
    layers: [
      layers.dense({ units: 30, inputShape: [3] }),
      layers.batchNormalization({ epsilon: EPSILON }),
      layers.activation({ activation: 'relu' }),
      layers.reshape({ targetShape: [2, 3, 5] }),
      layers.conv2dTranspose({ filters: 4, kernelSize: 4, strides: 2, padding: 'same', activation: 'relu' }),
      layers.conv2dTranspose({ filters: 2, kernelSize: 3, strides: 2 }),
      layers.cropping2D({ cropping: cropped }),
    ],
  });
  return new Vae({
    encoder: new GaussianEncoder({ network: encoder, latentDim: 3, logVarRange: false, seed: 1 }),
    decoder: new BernoulliDecoder({ network: decoder }),
  });
}

const weightAndBias = (torch: string, path: string) => ({
  [`${torch}.weight`]: `${path}/kernel`,
  [`${torch}.bias`]: `${path}/bias`,
});
const batchNorm = (torch: string, path: string) => ({
  [`${torch}.weight`]: `${path}/gamma`,
  [`${torch}.bias`]: `${path}/beta`,
  [`${torch}.running_mean`]: `${path}/moving_mean`,
  [`${torch}.running_var`]: `${path}/moving_variance`,
});

const convNames: TorchNames = {
  ...weightAndBias('encoder.0', 'encoder/0'),
  ...batchNorm('encoder.1', 'encoder/1'),
  ...weightAndBias('encoder.3', 'encoder/2'),
  ...batchNorm('encoder.6', 'encoder/3'),
  ...weightAndBias('encoder.7', 'encoder/4'),
  'mean.weight': 'encoder/head/0/meanKernel',
  'mean.bias': 'encoder/head/0/meanBias',
  'log_var.weight': 'encoder/head/0/logVarKernel',
  'log_var.bias': 'encoder/head/0/logVarBias',
  ...weightAndBias('decoder.0', 'decoder/0'),
  ...batchNorm('decoder.1', 'decoder/1'),
  ...weightAndBias('decoder.4', 'decoder/2'),
  ...weightAndBias('decoder.6', 'decoder/3'),
};

/** The models of which torch has written golden files. */
export const torchModels: Record<string, { build: () => Vae; names: TorchNames }> = {
  example: { build: () => mlpVae({ inputShape: [30], latentDim: 3, hidden: [16], seed: 1 }), names: torchExampleNames },
  conv: { build: convModel, names: convNames },
};

/** A file of test/golden/torch. */
export function golden(name: string): Uint8Array {
  return new Uint8Array(readFileSync(`test/golden/torch/${name}.safetensors`));
}

/** The golden inputs of a model, and what torch makes of them with weights of one type. */
export function goldenValues(name: string, dtype: string) {
  const { tensors } = readSafetensors(golden(`${name}-expected`));
  const of = (key: string) => [...tensors.get(`${dtype}/${key}`)!.values];
  const { shape, values } = tensors.get('x')!;
  return { x: tf.tensor(values, [...shape]), mean: of('mean'), logVar: of('logVar'), decoded: of('decoded') };
}

/** Mean, log-variance and decoded mean of a model. */
export function passOf(vae: Vae, x: tf.Tensor, condition?: tf.Tensor) {
  return tf.tidy(() => {
    const told = condition ? { condition } : {};
    const posterior = vae.encode(x, told) as unknown as { params: { mean: tf.Tensor; logVar: tf.Tensor } };
    const { mean, logVar } = posterior.params;
    const of = (t: tf.Tensor) => [...t.dataSync()];
    return { mean: of(mean), logVar: of(logVar), decoded: of(vae.decode(mean, told).mean()) };
  });
}

/** The largest difference of any two numbers. */
export function furthest(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length) throw new Error(`${a.length} numbers against ${b.length}`);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}
