import * as tf from '@tensorflow/tfjs';
import { Normal } from '../distributions/normal';
import { checkKeys } from '../ops/check-keys';
import { type FamilyDeclaration, familyFactory } from './family-factory';
import { fixedSigma, perElementSigma, type Sigma, sharedSigma } from './gaussian-sigma';
import { optimalSigma } from './optimal-sigma';

/** What `gaussianFamily` takes. */
export type GaussianFamilyOptions = {
  /** A number, one learned σ (`'shared'`), one per element (`'perElement'`), or the best one (`'optimal'`). */
  sigma: number | 'shared' | 'perElement' | 'optimal';
  /** `'sigmoid'` keeps the mean in [0, 1], which images want. Default `'linear'`. */
  mean?: 'linear' | 'sigmoid';
  /** The lower bound of a learned or optimal σ: densities on exact 0/1 pixels are unbounded. Default 1e-3. */
  sigmaFloor?: number;
};

/**
 * Real elements, `p(x) = N(mean, σ²)`: the network gives the mean, and with `sigma: 'perElement'` the log-variance too.
 *
 * The four ways to σ are those of `GaussianDecoder`. For posteriors there is `normalFamily`.
 *
 * @throws When an option is out of range.
 * @example
 * ```ts
 * const network = tf.sequential({ layers: [tf.layers.dense({ inputShape: [20], units: 784 })] });
 * const decoder = new LikelihoodDecoder({ network, likelihood: gaussianFamily({ sigma: 'optimal', mean: 'sigmoid' }) });
 * ```
 */
export const gaussianFamily = /* @__PURE__ */ familyFactory(
  'gaussian',
  (options: GaussianFamilyOptions, owner): FamilyDeclaration<Normal, string> => {
    checkKeys(owner, options, ['sigma', 'mean', 'sigmaFloor'], {}, ['sigma']);
    const { sigma, mean: link = 'linear', sigmaFloor = 1e-3 } = options;
    if (link !== 'linear' && link !== 'sigmoid') {
      throw new Error(`${owner}: mean must be 'linear' or 'sigmoid', got '${link}'`);
    }
    if (!(Number.isFinite(sigmaFloor) && sigmaFloor >= 0)) {
      throw new Error(`${owner}: sigmaFloor must be 0 or more, got ${sigmaFloor}`);
    }
    const { scale, ...rest } = sigmaOf(sigma, sigmaFloor, owner);
    return {
      ...rest,
      distributionKind: 'normal',
      parameters: (size): Record<string, number> =>
        sigma === 'perElement' ? { mean: size, logVar: size } : { mean: size },
      distribution({ mean: raw, logVar }, context) {
        const mean = link === 'sigmoid' ? tf.sigmoid(raw!) : raw!;
        return new Normal({ mean, ...scale(mean, logVar, context), eventRank: context.eventRank });
      },
      config: () => ({ sigma, mean: link, sigmaFloor }),
    };
  },
);

function sigmaOf(sigma: GaussianFamilyOptions['sigma'], floor: number, owner: string): Sigma {
  if (sigma === 'shared') return sharedSigma(floor);
  if (sigma === 'optimal') return optimalSigma(floor, owner);
  if (sigma === 'perElement') return perElementSigma(floor);
  if (typeof sigma === 'number' && Number.isFinite(sigma) && sigma > 0) return fixedSigma(sigma);
  throw new Error(
    `${owner}: sigma must be a positive number, 'shared', 'perElement' or 'optimal', got ${JSON.stringify(sigma)}`,
  );
}
