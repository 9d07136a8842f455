import { cosineSchedule, type Schedule } from 'tfjs-vae';
import { backendFlag } from '../support/backend';
import { choice, decimal, type FlagValues, InputError, integer, path } from '../support/flags';

export const flags = {
  data: path({ default: undefined, help: 'a folder of idx files, such as those of MNIST, gzip’d or not' }),
  dataset: choice(['sprites', 'mnist', 'fashion-mnist'], {
    default: undefined,
    help: 'sprites are drawn on the spot (default), the others downloaded',
  }),
  count: integer({ min: 1, default: undefined, help: 'images for training: 6000 sprites, else all' }),
  epochs: integer({
    min: 1,
    default: undefined,
    help: 'how often to go through them; about a minute’s worth if left out',
  }),
  latentDim: integer({ min: 2, default: 10, help: 'size of the code that each image is pressed into' }),
  beta: decimal({ min: 0, default: 1, help: 'weight of the KL in the loss' }),
  model: choice(['mlp', 'conv'], { default: 'mlp', help: 'dense layers, or convolutions' }),
  backend: backendFlag,
  seed: integer({ min: 0, default: 1, help: 'seed of weights, noise and order; the same seed gives the same run' }),
  out: path({ default: 'out', value: 'DIR', help: 'folder for the results' }),
};

export type Options = FlagValues<typeof flags>;

/** @throws InputError when flags exclude each other. */
export function checkOptions({ data, dataset }: Options): void {
  if (data !== undefined && dataset !== undefined) {
    throw new InputError('--data and --dataset exclude each other; give one of them');
  }
}

/** Images gone through, again and again, in most of a minute on two ordinary cores. */
const A_MINUTE = { mlp: 360_000, conv: 42_000 };

export type Settings = { epochs: number; batchSize: number; learningRate: number | Schedule };

/** The epochs asked for, or as many as come to about a minute, with the step size that suits the images. */
export function settingsFor({ epochs, model }: Options, data: { name: string; count: number }): Settings {
  const chosen = epochs ?? Math.max(1, Math.round(A_MINUTE[model] / data.count));
  // What most papers use: 10 epochs of it with --latent-dim 20 on MNIST give a test −ELBO of about 106 nats.
  if (data.name !== 'sprites') return { epochs: chosen, batchSize: 128, learningRate: 1e-3 };
  const batchSize = 64;
  const steps = chosen * Math.ceil(data.count / batchSize);
  return { epochs: chosen, batchSize, learningRate: cosineSchedule({ from: 3e-3, to: 3e-4, steps }) };
}
