import * as tf from '@tensorflow/tfjs';
import { type Family, gaussianFamily, LikelihoodDecoder, PosteriorEncoder } from 'tfjs-vae';

/** An encoder of two layers of 64 units. */
export function encoderOf(inputs: number, latentDim: number, posterior: Family, seed: number): PosteriorEncoder {
  const dense = (units: number, i: number) =>
    tf.layers.dense({
      units,
      activation: 'tanh',
      kernelInitializer: tf.initializers.glorotUniform({ seed: seed + i }),
      ...(i === 0 && { inputShape: [inputs] }),
    });
  return new PosteriorEncoder({
    network: tf.sequential({ layers: [0, 1].map(i => dense(64, i)) }),
    latentDim,
    posterior,
    seed,
  });
}

/** A decoder that is given: a function of z without variables. */
export function decoderOf(
  latentShape: readonly number[],
  outputs: number,
  mean: (z: tf.Tensor) => tf.Tensor,
  sigma: number,
) {
  return new LikelihoodDecoder({
    network: {
      apply: ([z]: tf.Tensor[]) => mean(z!),
      variables: {},
      inputShapes: [latentShape],
      outputShapes: [[outputs]],
    },
    likelihood: gaussianFamily({ sigma }),
  });
}

export const average = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0) / values.length;
