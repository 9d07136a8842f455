import * as tf from '@tensorflow/tfjs';
import { checkCount } from '../ops/check';
import { checkKeys } from '../ops/check-keys';
import { normalQuantile } from './normal-quantile';

/** What `latentGrid` takes. */
export type LatentGridOptions = {
  /** The grid is for two latent dimensions. */
  latentDim: 2;
  /** Points along each side. */
  size: number;
};

/**
 * Points of the plane at the quantiles of the prior N(0, I): equal probability lies between neighbours.
 *
 * `z = (Φ⁻¹((i + ½) / size), Φ⁻¹((j + ½) / size))`. Rows run as pictures are read, z₀ from left to right and z₁ from
 * top to bottom **downwards**, so that `tileImages(…, { columns: size })` is a plot with both axes the usual way.
 * Decoding them shows the learned manifold, as in Kingma & Welling 2014 (arXiv 1312.6114), figure 4.
 *
 * @returns `[size², 2]`.
 * @param options The size of the grid; `latentDim` is 2.
 * @throws When `latentDim` is not 2 or `size` is not a positive integer.
 * @example
 * ```ts
 * const plane = tf.tidy(() => tileImages(vae.decode(latentGrid({ latentDim: 2, size: 20 })).mean(), { columns: 20 }));
 * ```
 */
export function latentGrid(options: LatentGridOptions): tf.Tensor2D {
  checkKeys('latentGrid', options, ['latentDim', 'size'], {}, ['latentDim', 'size']);
  const { latentDim, size } = options;
  if (latentDim !== 2) {
    throw new Error(`latentGrid: latentDim must be 2, got ${latentDim}; for more dimensions see traverse`);
  }
  checkCount('latentGrid', 'size', size);
  const quantiles = Array.from({ length: size }, (_, i) => normalQuantile((i + 0.5) / size));
  const downwards = [...quantiles].reverse();
  const points = downwards.flatMap(z1 => quantiles.flatMap(z0 => [z0, z1]));
  return tf.tensor2d(points, [size * size, 2], 'float32');
}
