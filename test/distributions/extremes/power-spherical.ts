import * as tf from '@tensorflow/tfjs';
import { PowerSpherical } from '../../../src/distributions/power-spherical';
import { SphereUniform } from '../../../src/distributions/sphere-uniform';
import golden from '../../golden/extremes/power-spherical.json';
import { type ExtremeRow, extremeRow } from './row';

const SIZES = [2, 3, 10, 64] as const;

/** Unit vectors whose first two numbers are given. */
const vectors = (size: number, first: tf.Tensor, second: tf.Tensor) =>
  tf.concat([tf.stack([first, second], 1), tf.zeros([first.size, size - 2])], 1);

/** κ to 1e4 and x all around the mean e₁; and the KL to the uniform distribution. */
export const powerSphericalExtremes: readonly ExtremeRow[] = SIZES.flatMap(size => {
  const points = golden[`size${size}`];
  return [
    extremeRow({
      name: `PowerSpherical in ${size} dimensions`,
      golden: points,
      values: 2e-5,
      logProb: (x, { concentration }) => {
        const mean = vectors(size, tf.onesLike(x), tf.zerosLike(x));
        return new PowerSpherical({ mean, concentration }).logProb(vectors(size, x, tf.tensor1d(points.sines)));
      },
    }),
    extremeRow({
      name: `PowerSpherical, KL in ${size} dimensions`,
      golden: golden[`kl${size}`],
      values: 2e-5,
      logProb: (x, { concentration }) => {
        const mean = vectors(size, tf.onesLike(x), tf.zerosLike(x));
        return new PowerSpherical({ mean, concentration }).kl(new SphereUniform({ shape: [size] }));
      },
    }),
  ];
});
