import * as tf from '@tensorflow/tfjs';
import type { Rng } from '../random/rng';

/** `x·kernel` over the last axis: `[…, inputs]` becomes `[…, outputs]`. */
export function linear(x: tf.Tensor, kernel: tf.Tensor): tf.Tensor {
  const [inputs, outputs] = kernel.shape as [number, number];
  const flat = tf.matMul(tf.reshape(x, [-1, inputs]) as tf.Tensor2D, kernel as tf.Tensor2D);
  return tf.reshape(flat, [...x.shape.slice(0, -1), outputs]);
}

/** A kernel with the uniform values of Glorot & Bengio 2010, equation 16, times `gain`. */
export function glorotKernel(rng: Rng, inputs: number, outputs: number, gain = 1): tf.Variable {
  const limit = gain * Math.sqrt(6 / (inputs + outputs));
  return tf.tidy(() => tf.variable(tf.mul(limit, tf.sub(tf.mul(2, rng.uniform([inputs, outputs])), 1))));
}

/** A variable of equal values. */
export function filled(shape: readonly number[], value = 0): tf.Variable {
  return tf.tidy(() => tf.variable(tf.fill([...shape], value)));
}
