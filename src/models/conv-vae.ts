import * as tf from '@tensorflow/tfjs';
import type { Family } from '../families/family';
import { drawSeed, Rng } from '../random/rng';
import {
  checkReadyMade,
  checkSizes,
  type DistributionOf,
  denseRelu,
  glorot,
  type LikelihoodOf,
  latentBranch,
  type ReadyMadeDecoder,
  type ReadyMadeOptions,
  through,
  withCondition,
} from './ready-made';
import { planDecoder, readyMadeEncoder } from './ready-made-parts';
import { Vae } from './vae';

/** What `convVae` takes. */
export type ConvVaeOptions<
  D extends ReadyMadeDecoder = ReadyMadeDecoder,
  L extends Family | undefined = undefined,
  F extends Family | undefined = undefined,
> = ReadyMadeOptions<D, L, F> & {
  /** Channels of the convolutions; each halves the image. The decoder has them in reverse. Default `[32, 64]`. */
  filters?: readonly number[];
  /** Length of a side of the kernels. Default 3. */
  kernelSize?: number;
};

/**
 * A ready-made VAE of convolutions for images `[height, width, channels]`.
 *
 * Encoder: a convolution of stride 2 for each of `filters`, flattened. Decoder: a dense layer back to the smallest
 * feature map, a transposed convolution of stride 2 for each of `filters` in reverse, and a last convolution. ReLU
 * between. Height and width must be divisible by 2 for each convolution. The same seed gives the same initial weights.
 *
 * `likelihood` and `posterior` take any family in place of the two: the networks are as wide as its parameters need.
 *
 * @throws When a size is not a positive integer, or the image cannot be halved that often.
 * @example
 * ```ts
 * const vae = convVae({ inputShape: [28, 28, 1], latentDim: 16, filters: [32, 64], seed: 7 });
 * ```
 */
export function convVae<
  const D extends ReadyMadeDecoder = 'bernoulli',
  L extends Family | undefined = undefined,
  F extends Family | undefined = undefined,
>(options: ConvVaeOptions<D, L, F>): Vae<DistributionOf<F>, LikelihoodOf<D, L>> {
  checkReadyMade('convVae', options, ['filters', 'kernelSize']);
  const {
    inputShape,
    latentDim,
    filters = [32, 64],
    kernelSize = 3,
    conditionDim,
    posterior,
    seed = drawSeed(),
  } = options;
  checkSizes('convVae', 'filters', filters);
  checkSizes('convVae', 'kernelSize', [kernelSize]);
  const { outputShape, build } = planDecoder('convVae', options);
  const [height, width] = smallestMap(inputShape, filters.length);
  const rng = new Rng(seed).fork('weights');
  const shared = (strides: number) => ({
    kernelSize,
    strides,
    padding: 'same' as const,
    kernelInitializer: glorot(rng),
  });

  const x = tf.input({ shape: [...inputShape] });
  const features = filters.reduce(
    (h, channels) => through(tf.layers.conv2d({ ...shared(2), filters: channels, activation: 'relu' }), h),
    x,
  );
  const seen = withCondition({ inputs: [x], output: through(tf.layers.flatten(), features) }, conditionDim);
  const encoder = tf.model({ inputs: seen.inputs, outputs: seen.output });

  const told = withCondition(latentBranch(options), conditionDim);
  const depth = filters.at(-1)!;
  const start = through(denseRelu(height * width * depth, rng), told.output);
  const grown = [...filters]
    .reverse()
    .reduce(
      (h, channels) => through(tf.layers.conv2dTranspose({ ...shared(2), filters: channels, activation: 'relu' }), h),
      through(tf.layers.reshape({ targetShape: [height, width, depth] }), start),
    );
  const channels = outputShape.at(-1)!;
  const output = through(tf.layers.conv2d({ ...shared(1), filters: channels }), grown);

  const vae: Vae = new Vae({
    encoder: readyMadeEncoder({ network: encoder, latentDim, seed: rng.seed() }, posterior),
    decoder: build(tf.model({ inputs: told.inputs, outputs: output })),
  });
  // TypeScript does not follow type parameters through the choice of the parts.
  return vae as Vae<DistributionOf<F>, LikelihoodOf<D, L>>;
}

function smallestMap(inputShape: readonly number[], halvings: number): [number, number] {
  const [height = 0, width = 0] = inputShape;
  const factor = 2 ** halvings;
  if (inputShape.length !== 3 || height % factor !== 0 || width % factor !== 0) {
    throw new Error(
      `convVae: inputShape must be [height, width, channels] with sides divisible by ${factor} for ${halvings} filters, got [${inputShape}]`,
    );
  }
  return [height / factor, width / factor];
}
