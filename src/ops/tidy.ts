import * as tf from '@tensorflow/tfjs';

/**
 * `tf.tidy` for results of any type: tensors, arrays, plain objects and distributions.
 *
 * tfjs finds the tensors in a result by walking its own enumerable fields, so a `Normal` or a `Terms` object comes out
 * whole; only its types refuse them.
 *
 * @param fn Synchronous function whose intermediate tensors are disposed of.
 * @returns What `fn` returns, with its tensors alive.
 * @example
 * ```ts
 * const posterior = tidy(() => vae.encode(tf.mul(pixels, 1 / 255)));
 * ```
 */
export function tidy<T>(fn: () => T): T {
  return tf.tidy(fn as () => tf.TensorContainer) as T;
}
