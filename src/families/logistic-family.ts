import * as tf from '@tensorflow/tfjs';
import { Logistic } from '../distributions/logistic';
import { checkKeys } from '../ops/check-keys';
import { type FamilyDeclaration, familyFactory } from './family-factory';
import { type ScaleOptions, scaleLink } from './scale-link';

/** What `logisticFamily` takes. */
export type LogisticFamilyOptions = ScaleOptions & {
  /** `'sigmoid'` keeps the location in [0, 1], which images want. Default `'linear'`. */
  loc?: 'linear' | 'sigmoid';
};

/**
 * Real elements with tails that are longer than a Gaussian's: the network gives location and log-scale.
 *
 * `p(x) = Logistic(loc, scale)`, `scale = e^softClip(logScale)`; two raw numbers for each element, or one where the scale
 * is shared or given. Usable as a posterior too; its KL is estimated by samples. For pixels with levels there is
 * `discretizedLogisticFamily`.
 *
 * @throws When an option is out of range.
 * @example
 * ```ts
 * const vae = mlpVae({ inputShape: [12], latentDim: 2, likelihood: logisticFamily() });
 * ```
 */
export const logisticFamily = /* @__PURE__ */ familyFactory(
  'logistic',
  (options: LogisticFamilyOptions, owner): FamilyDeclaration<Logistic, string> => {
    checkKeys(owner, options, ['loc', 'scale', 'logScaleRange'], { mean: 'loc', sigma: 'scale' });
    const { loc: link = 'linear' } = options;
    if (link !== 'linear' && link !== 'sigmoid') {
      throw new Error(`${owner}: loc must be 'linear' or 'sigmoid', got '${link}'`);
    }
    const { fromNetwork, scaleOf, ...rest } = scaleLink(owner, options);
    return {
      ...rest,
      parameters: (size): Record<string, number> => (fromNetwork ? { loc: size, logScale: size } : { loc: size }),
      distribution({ loc: raw, logScale }, context) {
        const loc = link === 'sigmoid' ? tf.sigmoid(raw!) : raw!;
        return new Logistic({ loc, scale: scaleOf(logScale, context), eventRank: context.eventRank });
      },
    };
  },
);
