import * as tf from '@tensorflow/tfjs';
import { PowerSpherical } from '../distributions/power-spherical';
import { SphereUniform } from '../distributions/sphere-uniform';
import { checkKeys } from '../ops/check-keys';
import { softClip } from '../ops/soft-clip';
import { softplus } from '../ops/softplus';
import { type FamilyDeclaration, familyFactory } from './family-factory';
import { checkRange } from './scale-link';

/** What `powerSphericalFamily` takes. */
export type PowerSphericalFamilyOptions = {
  /**
   * The concentration lies above the first number, and is left as it is up to the second; beyond it grows like a
   * logarithm. Default `[0.01, 1e4]`.
   */
  concentrationRange?: readonly [number, number];
};

/** What is added to the first number of the mean direction: a direction for a network that gives zeros. */
const NORTH = 1e-3;

/**
 * Unit vectors of ℝ^latentDim, for posteriors on the sphere S^(latentDim − 1): the network gives a direction and one
 * number for the concentration.
 *
 * `mean = v / |v|`, `concentration = low + softplus(…)`; `latentDim + 1` raw numbers. The prior of a `Vae` with it is
 * `SphereUniform` unless given, to which its KL is closed; a prior on ℝ^latentDim is refused. De Cao & Aziz 2020 (arXiv
 * 2006.04437).
 *
 * @throws When `concentrationRange` is not an ascending pair of positive numbers.
 * @example
 * ```ts
 * const network = tf.sequential({ layers: [tf.layers.dense({ inputShape: [784], units: 400, activation: 'relu' })] });
 * const encoder = new PosteriorEncoder({ network, latentDim: 3, posterior: powerSphericalFamily() }); // z on S²
 * ```
 */
export const powerSphericalFamily = /* @__PURE__ */ familyFactory(
  'powerSpherical',
  (options: PowerSphericalFamilyOptions, owner): FamilyDeclaration<PowerSpherical, 'mean' | 'concentration'> => {
    checkKeys(owner, options, ['concentrationRange']);
    const { concentrationRange = [0.01, 1e4] } = options;
    checkRange(owner, 'concentrationRange', concentrationRange);
    const [low, high] = concentrationRange;
    if (!(low > 0)) throw new Error(`${owner}: concentrationRange must begin above 0, got [${concentrationRange}]`);
    return {
      closedKl: ['sphereUniform'],
      klElements: false,
      priors: ['sphereUniform', 'powerSpherical', 'VampPrior'],
      defaultPrior: shape => new SphereUniform({ shape }),
      parameters: size => ({ mean: size, concentration: 1 }),
      distribution({ mean, concentration }) {
        const kappa = tf.add(low, softplus(softClip(tf.squeeze(concentration, [-1]), -10, high)));
        return new PowerSpherical({ mean: direction(mean), concentration: kappa });
      },
    };
  },
);

function direction(raw: tf.Tensor): tf.Tensor {
  const north = tf.tensor1d(Array.from({ length: raw.shape.at(-1)! }, (_, i) => (i === 0 ? NORTH : 0)));
  const v = tf.add(raw, north);
  return tf.div(v, tf.sqrt(tf.maximum(tf.sum(tf.square(v), -1, true), 1e-30)));
}
