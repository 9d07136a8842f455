import * as tf from '@tensorflow/tfjs';
import { checkKeys } from '../ops/check-keys';

/** What `traverse` takes. */
export type TraverseOptions = {
  /** The dimension that moves, or several of them; all unless given. */
  dim?: number | readonly number[];
  /** First and last value of the moving dimension; `[−3, 3]`, three standard deviations of the prior, unless given. */
  range?: readonly [number, number];
  /** Values along the range, both ends included; at least 2, and 9 unless given. */
  steps?: number;
};

/**
 * Copies of codes in which one latent dimension at a time takes evenly spaced values; the others stay.
 *
 * The result is always one list of codes, ready for `decode`: for each code, for each dimension, `steps` rows. So
 * `tileImages(images, { columns: steps })` gives one row of pictures per code and dimension. This is the plot of
 * Higgins et al. 2017 (β-VAE), figure 1.
 *
 * @param z One code `[latentDim]`, or several, `[batch, latentDim]`.
 * @param options Dimensions, range and steps.
 * @returns `[batch · dims · steps, latentDim]`; for one code and one dimension that is `[steps, latentDim]`.
 * @throws When a dimension is not one of `z`, the range is not two finite numbers, or `steps` is below 2.
 * @example
 * ```ts
 * const z = vae.embed(x);                                            // [1, 10]
 * const codes = traverse(z, { dim: 3, range: [-2, 2], steps: 7 });   // [7, 10]
 * ```
 */
export function traverse(z: tf.Tensor, options: TraverseOptions = {}): tf.Tensor2D {
  checkKeys('traverse', options, ['dim', 'range', 'steps']);
  const { range = [-3, 3], steps = 9 } = options;
  const latentDim = z.shape[z.rank - 1];
  if (latentDim === undefined || z.rank > 2) {
    throw new Error(`traverse: z must be [latentDim] or [batch, latentDim], got [${z.shape}]`);
  }
  const dims = resolveDims(options.dim, latentDim);
  const [from, to] = range;
  if (range.length !== 2 || !Number.isFinite(from) || !Number.isFinite(to)) {
    throw new Error(`traverse: range must be two finite numbers, got [${range}]`);
  }
  if (!Number.isSafeInteger(steps) || steps < 2) {
    throw new Error(`traverse: steps must be an integer of at least 2, both ends included, got ${steps}`);
  }
  const kept = new Float32Array(dims.length * latentDim).fill(1);
  const moved = new Float32Array(dims.length * steps * latentDim);
  dims.forEach((dim, row) => {
    kept[row * latentDim + dim] = 0;
    for (let i = 0; i < steps; i++) {
      const share = i / (steps - 1);
      moved[(row * steps + i) * latentDim + dim] = (1 - share) * from + share * to;
    }
  });
  return tf.tidy(() => {
    const codes = tf.reshape(z, [-1, 1, 1, latentDim]);
    const rest = tf.mul(codes, tf.tensor(kept, [1, dims.length, 1, latentDim]));
    const rows = tf.add(rest, tf.tensor(moved, [1, dims.length, steps, latentDim]));
    return tf.reshape(rows, [-1, latentDim]) as tf.Tensor2D;
  });
}

function resolveDims(dim: TraverseOptions['dim'], latentDim: number): number[] {
  const dims = dim === undefined ? Array.from({ length: latentDim }, (_, i) => i) : [dim].flat();
  const wrong = dims.find(d => !Number.isInteger(d) || d < 0 || d >= latentDim);
  if (dims.length === 0 || wrong !== undefined) {
    throw new Error(`traverse: dim must be from 0 to ${latentDim - 1}, the dimensions of z, got ${wrong ?? 'none'}`);
  }
  return dims;
}
