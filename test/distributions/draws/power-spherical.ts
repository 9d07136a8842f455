import * as tf from '@tensorflow/tfjs';
import { PowerSpherical } from '../../../src/distributions/power-spherical';
import { SphereUniform } from '../../../src/distributions/sphere-uniform';
import { betaCdf } from '../../support/special-functions';
import type { DrawRow } from './row';

/** A mean in no special place. */
const meanOf = (size: number) => {
  const v = tf.cos(tf.range(1, size + 1));
  return tf.reshape(tf.div(v, tf.norm(v)), [1, size]);
};

/** `(1 + cosine to the mean)/2` follows Beta((size − 1)/2 + κ, (size − 1)/2). */
export const powerSphericalDraws: readonly DrawRow[] = [
  ...(
    [
      [2, 0.5],
      [2, 20],
      [3, 3],
      [4, 300],
      [10, 1],
      [11, 50],
    ] as const
  ).map(
    ([size, kappa]): DrawRow => ({
      name: `PowerSpherical in ${size} dimensions, κ = ${kappa}`,
      draw(rng, samples) {
        const mean = meanOf(size);
        const drawn = new PowerSpherical({ mean, concentration: tf.scalar(kappa) }).sample({ rng, samples });
        // From the distance: the cosine has no digits left near 1.
        const gap = tf.sum(tf.square(tf.sub(drawn, mean)), -1);
        return tf.reshape(tf.mul(0.25, gap), [-1]);
      },
      cdf: gap => 1 - betaCdf((size - 1) / 2 + kappa, (size - 1) / 2, 1 - gap),
    }),
  ),
  {
    name: 'SphereUniform, its first number on S³',
    draw: (rng, samples) =>
      tf.reshape(tf.slice(new SphereUniform({ shape: [4] }).sample({ rng, samples }), [0, 0, 0], [-1, -1, 1]), [-1]),
    cdf: x => betaCdf(1.5, 1.5, (1 + x) / 2),
  },
];
