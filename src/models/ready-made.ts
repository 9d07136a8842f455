import * as tf from '@tensorflow/tfjs';
import type { Bernoulli } from '../distributions/bernoulli';
import type { Normal, NormalWithLogVar } from '../distributions/normal';
import { checkFamily } from '../families/check-family';
import type { Family } from '../families/family';
import { checkCounts } from '../ops/check';
import { checkKeys } from '../ops/check-keys';
import type { Rng } from '../random/rng';
import type { GaussianDecoderOptions } from './gaussian-decoder';

/** The likelihood of a ready-made VAE: `'bernoulli'`, or a Gaussian with the options of `GaussianDecoder`. */
export type ReadyMadeDecoder = 'bernoulli' | Omit<GaussianDecoderOptions, 'network'>;

/** The type that `decode` of a ready-made VAE returns: of the family `L`, where one is given, or of the decoder `D`. */
export type LikelihoodOf<D extends ReadyMadeDecoder, L extends Family | undefined = undefined> = DistributionOf<
  L,
  D extends 'bernoulli' ? Bernoulli : Normal
>;

/** The distribution of a family, where one is given, or another. */
export type DistributionOf<F extends Family | undefined, Otherwise = NormalWithLogVar> = [F] extends [undefined]
  ? Otherwise
  : [F] extends [Family<infer D>]
    ? D
    : Otherwise;

/** What the ready-made VAEs have in common. */
export type ReadyMadeOptions<
  D extends ReadyMadeDecoder = ReadyMadeDecoder,
  L extends Family | undefined = undefined,
  F extends Family | undefined = undefined,
> = {
  /** The `[…event]` of x. */
  inputShape: readonly number[];
  /** Size of the latent vector. */
  latentDim: number;
  /** The likelihood: `'bernoulli'` (default), or a Gaussian with the options of `GaussianDecoder`. */
  decoder?: D;
  /** The likelihood as a family, in place of `decoder`: the network gives as many numbers as it has parameters. */
  likelihood?: L;
  /** The posterior as a family. Gaussian with independent dimensions unless given. */
  posterior?: F;
  /** Length of the condition vector (the number of classes, for one-hot labels). If given, the VAE is conditional. */
  conditionDim?: number;
  /** Seed of the initial weights. */
  seed?: number;
};

/** The options, whatever families they name. */
export type AnyReadyMadeOptions = ReadyMadeOptions<ReadyMadeDecoder, Family | undefined, Family | undefined>;

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

/** The latent variable as it comes into a decoder, and flat, as its dense layers take it. */
export function latentBranch({ posterior, latentDim }: AnyReadyMadeOptions): Branch {
  const shape = posterior?.eventShape?.(latentDim) ?? [latentDim];
  const z = tf.input({ shape: [...shape] });
  return { inputs: [z], output: shape.length > 1 ? through(tf.layers.flatten(), z) : z };
}

/** Joins a condition vector to flat features, where there is one. */
export function withCondition({ inputs, output }: Branch, conditionDim: number | undefined): Branch {
  if (conditionDim === undefined) return { inputs, output };
  const condition = tf.input({ shape: [conditionDim] });
  return { inputs: [...inputs, condition], output: through(tf.layers.concatenate(), [output, condition]) };
}

export function checkReadyMade<T extends AnyReadyMadeOptions>(
  owner: string,
  options: T,
  more: readonly (keyof T & string)[],
) {
  const own = ['inputShape', 'latentDim', 'decoder', 'likelihood', 'posterior', 'conditionDim', 'seed'] as const;
  checkKeys(owner, options, [...own, ...more], {}, ['inputShape', 'latentDim']);
  const { inputShape, latentDim, conditionDim, decoder, likelihood, posterior } = options;
  if (!Array.isArray(inputShape) || inputShape.length === 0) {
    throw new Error(
      `${owner}: inputShape must hold at least one size, such as [784], got ${JSON.stringify(inputShape)}`,
    );
  }
  checkSizes(owner, 'inputShape', inputShape);
  checkSizes(owner, 'latentDim', [latentDim]);
  if (conditionDim !== undefined) checkSizes(owner, 'conditionDim', [conditionDim]);
  if (likelihood !== undefined) checkFamily(owner, 'likelihood', likelihood);
  if (posterior !== undefined) checkFamily(owner, 'posterior', posterior);
  if (decoder !== undefined && likelihood) throw new Error(`${owner}: give either decoder or likelihood`);
  if (decoder !== undefined && decoder !== 'bernoulli' && typeof decoder !== 'object') {
    throw new Error(`${owner}: decoder must be 'bernoulli' or the options of a GaussianDecoder, got '${decoder}'`);
  }
}

export function checkSizes(owner: string, name: string, sizes: readonly number[]): void {
  if (!Array.isArray(sizes))
    throw new Error(`${owner}: ${name} must be an array of sizes, got ${JSON.stringify(sizes)}`);
  checkCounts(owner, name, sizes);
}
