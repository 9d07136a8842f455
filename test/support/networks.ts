import * as tf from '@tensorflow/tfjs';
import type { VaeModel } from '../../src/models/model';
import type { FunctionNetwork } from '../../src/models/network';
import { Rng } from '../../src/random/rng';

/** A dense network with seeded weights: sizes from the input to the output, tanh between. */
export function mlp(sizes: readonly number[], seed = 1): tf.Sequential {
  const layers = sizes.slice(1).map((units, i) =>
    tf.layers.dense({
      units,
      kernelInitializer: tf.initializers.glorotUniform({ seed: seed + i }),
      ...(i === 0 && { inputShape: [sizes[0]!] }),
      ...(i < sizes.length - 2 && { activation: 'tanh' as const }),
    }),
  );
  return tf.sequential({ layers });
}

/** Two inputs, concatenated, and a dense layer. */
export function conditionalMlp(input: number, condition: number, output: number, seed = 1): tf.LayersModel {
  const [a, b] = [tf.input({ shape: [input] }), tf.input({ shape: [condition] })];
  const joined = tf.layers.concatenate().apply([a, b]) as tf.SymbolicTensor;
  const dense = tf.layers.dense({ units: output, kernelInitializer: tf.initializers.glorotUniform({ seed }) });
  return tf.model({ inputs: [a, b], outputs: dense.apply(joined) as tf.SymbolicTensor });
}

/** A linear function network that counts how often it runs, and how it is called. */
export function countingLinear(input: number, output: number, seed = 1) {
  const calls: { training: boolean; shape: number[] }[] = [];
  const network: FunctionNetwork = {
    apply([x], { training }) {
      calls.push({ training, shape: [...x!.shape] });
      return tf.add(
        tf.matMul(x as tf.Tensor2D, network.variables['kernel'] as tf.Tensor2D),
        network.variables['bias']!,
      );
    },
    variables: {
      kernel: variable([input, output], seed),
      bias: tf.tidy(() => tf.variable(tf.zeros([output]))),
    },
    inputShapes: [[input]],
    outputShapes: [[output]],
  };
  return { network, calls };
}

/** A variable of small normal values. */
export function variable(shape: readonly number[], seed: number, scale = 0.3): tf.Variable {
  return tf.tidy(() => tf.variable(tf.mul(scale, new Rng(seed).normal(shape))));
}

/** Seeded values in [0, 1), `[count, size]`, that a few dimensions explain. */
export function pixels(count: number, size: number, seed = 5): Float32Array {
  return tf.tidy(() => {
    const rng = new Rng(seed);
    const factors = rng.normal([count, 2]) as tf.Tensor2D;
    const loadings = tf.mul(2, rng.normal([2, size])) as tf.Tensor2D;
    return tf.sigmoid(tf.matMul(factors, loadings)).dataSync().slice() as Float32Array;
  });
}

/** The same as a tensor. */
export function pixelTensor(count: number, size: number, seed = 5): tf.Tensor2D {
  return tf.tensor2d(pixels(count, size, seed), [count, size]);
}

/** All weights of a model as plain numbers, by path. */
export function weightsOf(model: VaeModel): Record<string, number[]> {
  return Object.fromEntries(Object.entries(model.variables()).map(([path, v]) => [path, Array.from(v.dataSync())]));
}
