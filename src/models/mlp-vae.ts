import * as tf from '@tensorflow/tfjs';
import type { Family } from '../families/family';
import { sizeOfShape } from '../ops/shape';
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

/** What `mlpVae` takes. */
export type MlpVaeOptions<
  D extends ReadyMadeDecoder = ReadyMadeDecoder,
  L extends Family | undefined = undefined,
  F extends Family | undefined = undefined,
> = ReadyMadeOptions<D, L, F> & {
  /** Widths of the hidden layers of the encoder; the decoder has them in reverse. Default `[400]`. */
  hidden?: readonly number[];
};

/**
 * A ready-made VAE of dense layers: x → hidden (ReLU) → z → hidden (ReLU) → x.
 *
 * With the defaults and 20 latent dimensions on 28×28 images it is the 784–400–20–400–784 network of many papers and
 * tutorials, after Kingma & Welling 2014 (arXiv 1312.6114, appendix C). The same seed gives the same initial weights.
 * For x in [0, 1] and a Gaussian decoder, choose `mean: 'sigmoid'`.
 *
 * `likelihood` and `posterior` take any family in place of the two: the networks are as wide as its parameters need.
 *
 * @throws When a size is not a positive integer.
 * @example
 * ```ts
 * const vae = mlpVae({ inputShape: [28, 28, 1], latentDim: 20, seed: 7 });
 * ```
 */
export function mlpVae<
  const D extends ReadyMadeDecoder = 'bernoulli',
  L extends Family | undefined = undefined,
  F extends Family | undefined = undefined,
>(options: MlpVaeOptions<D, L, F>): Vae<DistributionOf<F>, LikelihoodOf<D, L>> {
  checkReadyMade('mlpVae', options, ['hidden']);
  const { inputShape, latentDim, hidden = [400], conditionDim, posterior, seed = drawSeed() } = options;
  checkSizes('mlpVae', 'hidden', hidden);
  const { outputShape, build } = planDecoder('mlpVae', options);
  const rng = new Rng(seed).fork('weights');
  const dense = (input: tf.SymbolicTensor, units: number) => through(denseRelu(units, rng), input);

  const x = tf.input({ shape: [...inputShape] });
  const flat = inputShape.length > 1 ? through(tf.layers.flatten(), x) : x;
  const seen = withCondition({ inputs: [x], output: flat }, conditionDim);
  const encoder = tf.model({ inputs: seen.inputs, outputs: hidden.reduce(dense, seen.output) });

  const told = withCondition(latentBranch(options), conditionDim);
  const units = sizeOfShape(outputShape);
  const linear = tf.layers.dense({ units, kernelInitializer: glorot(rng) });
  const output = through(linear, [...hidden].reverse().reduce(dense, told.output));
  const shaped = outputShape.length > 1 ? through(tf.layers.reshape({ targetShape: outputShape }), output) : output;

  const vae: Vae = new Vae({
    encoder: readyMadeEncoder({ network: encoder, latentDim, seed: rng.seed() }, posterior),
    decoder: build(tf.model({ inputs: told.inputs, outputs: shaped })),
  });
  // TypeScript does not follow type parameters through the choice of the parts.
  return vae as Vae<DistributionOf<F>, LikelihoodOf<D, L>>;
}
