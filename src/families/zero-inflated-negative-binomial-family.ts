import { ZeroInflatedNegativeBinomial } from '../distributions/zero-inflated-negative-binomial';
import { checkKeys } from '../ops/check-keys';
import { softClip } from '../ops/soft-clip';
import { dispersionOf } from './dispersion';
import { exposureRule, joinedVariables } from './exposure';
import { type FamilyDeclaration, familyFactory } from './family-factory';
import type { NegativeBinomialFamilyOptions } from './negative-binomial-family';

/** What `zeroInflatedNegativeBinomialFamily` takes. */
export type ZeroInflatedNegativeBinomialFamilyOptions = NegativeBinomialFamilyOptions;

/**
 * Counts some of whose zeros were lost rather than counted: the network gives the log-mean and the log-odds of such a
 * zero, and with `dispersion: 'perElement'` the log of the dispersion between the two.
 *
 * `p(x) = π·1(x = 0) + (1 − π)·NegativeBinomial(mean exposure · e^logMean, dispersion r)`, `π = sigmoid(zeroLogits)`. Lopez
 * et al. 2018 (scVI, doi 10.1038/s41592-018-0229-2). Otherwise as `negativeBinomialFamily`.
 *
 * @throws When an option is unknown or out of range, or events of an unknown size share a dispersion.
 * @example
 * ```ts
 * const network = tf.sequential({ layers: [tf.layers.dense({ inputShape: [10], units: 2 * 2000 })] });
 * const decoder = new LikelihoodDecoder({ network, likelihood: zeroInflatedNegativeBinomialFamily() });
 * ```
 */
export const zeroInflatedNegativeBinomialFamily = /* @__PURE__ */ familyFactory(
  'zeroInflatedNegativeBinomial',
  (
    options: ZeroInflatedNegativeBinomialFamilyOptions,
    owner,
  ): FamilyDeclaration<ZeroInflatedNegativeBinomial, string> => {
    checkKeys(owner, options, ['dispersion', 'exposure']);
    const { apply, ...exposure } = exposureRule(owner, options.exposure);
    const { fromNetwork, logDispersion, ...dispersion } = dispersionOf(owner, options.dispersion);
    return {
      ...exposure,
      ...joinedVariables([exposure, dispersion]),
      support: 'counts',
      parameters: (size): Record<string, number> => ({
        logMean: size,
        ...(fromNetwork && { logDispersion: size }),
        zeroLogits: size,
      }),
      distribution: ({ logMean, logDispersion: raw, zeroLogits }, context) =>
        new ZeroInflatedNegativeBinomial({
          logMean: apply(softClip(logMean!, -20, 20), context),
          logDispersion: logDispersion(raw, context),
          zeroLogits: zeroLogits!,
          eventRank: context.eventRank,
        }),
    };
  },
);
