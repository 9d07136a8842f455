import * as tf from '@tensorflow/tfjs';
import { interpolate, latentGrid, tileImages, traverse } from 'tfjs-vae';
import { noise, type ParityRow, unit } from '../row';

export const latentRows: readonly ParityRow[] = [
  {
    name: 'interpolate',
    of: ['interpolate'],
    run: () => {
      const [a, b] = [noise([8, 20], 'a'), noise([8, 20], 'b')];
      return [
        interpolate(a, b, 7),
        interpolate(a, b, 7, { method: 'spherical' }),
        interpolate(a, tf.neg(a), 5, { method: 'spherical' }),
      ];
    },
    // Angles by atan2, then sines: of a sine, WebGPU promises no more than 2⁻¹¹ of absolute error.
    tolerance: 2 ** -11,
  },
  {
    name: 'latentGrid and traverse',
    of: ['latentGrid', 'traverse'],
    run: () => [latentGrid({ latentDim: 2, size: 12 }), traverse(noise([5, 6], 'z'), { dim: [1, 4], steps: 5 })],
  },
  {
    name: 'tileImages',
    of: ['tileImages'],
    run: () => [tileImages(unit([7, 5, 4, 3], 'images'), { columns: 3, padding: 2, background: 0.5 })],
    tolerance: 0,
  },
];
