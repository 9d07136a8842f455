import * as tf from '@tensorflow/tfjs';
import type { Bernoulli } from '../distributions/bernoulli';
import type { Normal } from '../distributions/normal';
import { checkCounts } from '../ops/check';
import { checkKeys } from '../ops/check-keys';
import type { Rng } from '../random/rng';
import { BernoulliDecoder } from './bernoulli-decoder';
import type { Decoder } from './decoder';
import { GaussianDecoder, type GaussianDecoderOptions } from './gaussian-decoder';

/** The likelihood of a ready-made VAE: `'bernoulli'`, or a Gaussian with the options of `GaussianDecoder`. */
export type ReadyMadeDecoder = 'bernoulli' | Omit<GaussianDecoderOptions, 'network'>;

/** The type that `decode` of a ready-made VAE returns. */
export type LikelihoodOf<D extends ReadyMadeDecoder> = D extends 'bernoulli' ? Bernoulli : Normal;

/** What the ready-made VAEs have in common. */
export type ReadyMadeOptions<D extends ReadyMadeDecoder = ReadyMadeDecoder> = {
  /** The `[…event]` of x. */
  inputShape: readonly number[];
  /** Size of the latent vector. */
  latentDim: number;
  /** The likelihood: `'bernoulli'` (default), or a Gaussian with the options of `GaussianDecoder`. */
  decoder?: D;
  /** Length of the condition vector (the number of classes, for one-hot labels). If given, the VAE is conditional. */
  conditionDim?: number;
  /** Seed of the initial weights. */
  seed?: number;
};

/** A symbolic tensor, and the inputs that lead to it. */
export type Branch = { inputs: tf.SymbolicTensor[]; output: tf.SymbolicTensor };

/** Applies a layer, typed for one symbolic tensor. */
export function through(layer: tf.layers.Layer, input: tf.SymbolicTensor | tf.SymbolicTensor[]): tf.SymbolicTensor {
  return layer.apply(input) as tf.SymbolicTensor;
}

/** Glorot's uniform initialisation with a seed of its own. */
export function glorot(rng: Rng) {
  return tf.initializers.glorotUniform({ seed: rng.seed() });
}

/** A dense layer with ReLU and a seeded kernel. */
export function denseRelu(units: number, rng: Rng): tf.layers.Layer {
  return tf.layers.dense({ units, activation: 'relu', kernelInitializer: glorot(rng) });
}

/** Joins a condition vector to flat features, where there is one. */
export function withCondition({ inputs, output }: Branch, conditionDim: number | undefined): Branch {
  if (conditionDim === undefined) return { inputs, output };
  const condition = tf.input({ shape: [conditionDim] });
  return { inputs: [...inputs, condition], output: through(tf.layers.concatenate(), [output, condition]) };
}

/** A shape whose last axis has room for the numbers that the likelihood needs for each element. */
export function outputShapeFor(decoder: ReadyMadeOptions['decoder'], inputShape: readonly number[]): number[] {
  const twice = typeof decoder === 'object' && decoder.sigma === 'perElement';
  return twice ? [...inputShape.slice(0, -1), 2 * inputShape.at(-1)!] : [...inputShape];
}

/** TypeScript does not follow a type parameter through `if`, hence the casts. */
export function readyMadeDecoder<D extends ReadyMadeDecoder>(
  decoder: D | undefined,
  network: tf.LayersModel,
): Decoder<LikelihoodOf<D>> {
  const made: Decoder =
    decoder === undefined || decoder === 'bernoulli'
      ? new BernoulliDecoder({ network })
      : new GaussianDecoder({ ...(decoder as Exclude<ReadyMadeDecoder, string>), network });
  return made as Decoder<LikelihoodOf<D>>;
}

export function checkReadyMade<T extends ReadyMadeOptions>(
  owner: string,
  options: T,
  more: readonly (keyof T & string)[],
) {
  const own = ['inputShape', 'latentDim', 'decoder', 'conditionDim', 'seed'] as const;
  checkKeys(owner, options, [...own, ...more], {}, ['inputShape', 'latentDim']);
  const { inputShape, latentDim, conditionDim, decoder } = options;
  if (!Array.isArray(inputShape) || inputShape.length === 0) {
    throw new Error(
      `${owner}: inputShape must hold at least one size, such as [784], got ${JSON.stringify(inputShape)}`,
    );
  }
  checkSizes(owner, 'inputShape', inputShape);
  checkSizes(owner, 'latentDim', [latentDim]);
  if (conditionDim !== undefined) checkSizes(owner, 'conditionDim', [conditionDim]);
  if (decoder !== undefined && decoder !== 'bernoulli' && typeof decoder !== 'object') {
    throw new Error(`${owner}: decoder must be 'bernoulli' or the options of a GaussianDecoder, got '${decoder}'`);
  }
}

export function checkSizes(owner: string, name: string, sizes: readonly number[]): void {
  if (!Array.isArray(sizes))
    throw new Error(`${owner}: ${name} must be an array of sizes, got ${JSON.stringify(sizes)}`);
  checkCounts(owner, name, sizes);
}
