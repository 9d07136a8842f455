import { NegativeBinomial } from '../distributions/negative-binomial';
import { checkKeys } from '../ops/check-keys';
import { softClip } from '../ops/soft-clip';
import { type DispersionOptions, dispersionOf } from './dispersion';
import { type ExposureOptions, exposureRule, joinedVariables } from './exposure';
import { type FamilyDeclaration, familyFactory } from './family-factory';

/** What `negativeBinomialFamily` takes. */
export type NegativeBinomialFamilyOptions = DispersionOptions & ExposureOptions;

/**
 * Counts that vary more than their mean: the network gives the log-mean, and with `dispersion: 'perElement'` the log of
 * the dispersion too.
 *
 * `p(x) = NegativeBinomial(mean exposure · e^logMean, dispersion r)`, x = 0, 1, 2, …, of variance m + m²/r. The raw
 * log-mean is left as it is from −20 to 20 and grows like a logarithm outside. Lopez et al. 2018 (scVI, doi
 * 10.1038/s41592-018-0229-2), where the exposure is the library size.
 *
 * @throws When an option is unknown or out of range, or events of an unknown size share a dispersion.
 * @example
 * ```ts
 * const network = tf.sequential({ layers: [tf.layers.dense({ inputShape: [10], units: 2000 })] });
 * const decoder = new LikelihoodDecoder({ network, likelihood: negativeBinomialFamily({ exposure: 'total' }) });
 * ```
 */
export const negativeBinomialFamily = /* @__PURE__ */ familyFactory(
  'negativeBinomial',
  (options: NegativeBinomialFamilyOptions, owner): FamilyDeclaration<NegativeBinomial, string> => {
    checkKeys(owner, options, ['dispersion', 'exposure']);
    const { apply, ...exposure } = exposureRule(owner, options.exposure);
    const { fromNetwork, logDispersion, ...dispersion } = dispersionOf(owner, options.dispersion);
    return {
      ...exposure,
      ...joinedVariables([exposure, dispersion]),
      support: 'counts',
      parameters: (size): Record<string, number> =>
        fromNetwork ? { logMean: size, logDispersion: size } : { logMean: size },
      distribution: ({ logMean, logDispersion: raw }, context) =>
        new NegativeBinomial({
          logMean: apply(softClip(logMean!, -20, 20), context),
          logDispersion: logDispersion(raw, context),
          eventRank: context.eventRank,
        }),
    };
  },
);
