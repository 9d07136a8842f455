import * as tf from '@tensorflow/tfjs';
import { Laplace } from '../distributions/laplace';
import { checkKeys } from '../ops/check-keys';
import { type FamilyDeclaration, familyFactory } from './family-factory';
import { type ScaleOptions, scaleLink } from './scale-link';

/** What `laplaceFamily` takes. */
export type LaplaceFamilyOptions = ScaleOptions & {
  /** `'sigmoid'` keeps the location in [0, 1], which images want. Default `'linear'`. */
  loc?: 'linear' | 'sigmoid';
};

/**
 * Real elements with outliers, or a posterior with long tails: the network gives location and log-scale.
 *
 * `p(x) = Laplace(loc, scale)`, `scale = e^softClip(logScale)`; two raw numbers for each element, or one where the scale
 * is shared or given. As a posterior its KL to `Laplace`, `Normal` and `StandardNormal` priors is closed.
 *
 * @throws When an option is out of range.
 * @example
 * ```ts
 * const vae = mlpVae({ inputShape: [12], latentDim: 2, likelihood: laplaceFamily({ scale: 'shared' }) });
 * ```
 */
export const laplaceFamily = /* @__PURE__ */ familyFactory(
  'laplace',
  (options: LaplaceFamilyOptions, owner): FamilyDeclaration<Laplace, string> => {
    checkKeys(owner, options, ['loc', 'scale', 'logScaleRange'], { mean: 'loc', sigma: 'scale' });
    const { loc: link = 'linear' } = options;
    if (link !== 'linear' && link !== 'sigmoid') {
      throw new Error(`${owner}: loc must be 'linear' or 'sigmoid', got '${link}'`);
    }
    const { fromNetwork, scaleOf, ...rest } = scaleLink(owner, options);
    return {
      ...rest,
      closedKl: ['laplace', 'normal', 'standardNormal'],
      parameters: (size): Record<string, number> => (fromNetwork ? { loc: size, logScale: size } : { loc: size }),
      distribution({ loc: raw, logScale }, context) {
        const loc = link === 'sigmoid' ? tf.sigmoid(raw!) : raw!;
        return new Laplace({ loc, scale: scaleOf(logScale, context), eventRank: context.eventRank });
      },
    };
  },
);
