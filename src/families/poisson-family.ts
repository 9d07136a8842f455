import { Poisson } from '../distributions/poisson';
import { checkKeys } from '../ops/check-keys';
import { softClip } from '../ops/soft-clip';
import { type ExposureOptions, exposureRule } from './exposure';
import { familyFactory } from './family-factory';

/** What `poissonFamily` takes. */
export type PoissonFamilyOptions = ExposureOptions;

/**
 * Counts whose variance is their mean: the network gives their log-rate.
 *
 * `p(x) = Poisson(exposure · e^logRate)`, x = 0, 1, 2, …; one raw number for each element, which is left as it is from −20
 * to 20 and grows like a logarithm outside. Where counts vary more than that, take `negativeBinomialFamily`.
 *
 * @throws When an option is unknown.
 * @example
 * ```ts
 * const network = tf.sequential({ layers: [tf.layers.dense({ inputShape: [2], units: 5 })] });
 * const decoder = new LikelihoodDecoder({ network, likelihood: poissonFamily() });
 * ```
 */
export const poissonFamily = /* @__PURE__ */ familyFactory('poisson', (options: PoissonFamilyOptions, owner) => {
  checkKeys(owner, options, ['exposure']);
  const { apply, ...rest } = exposureRule(owner, options.exposure);
  return {
    ...rest,
    support: 'counts',
    closedKl: ['poisson'],
    parameters: size => ({ logRate: size }),
    distribution: ({ logRate }, context) =>
      new Poisson({ logRate: apply(softClip(logRate, -20, 20), context), eventRank: context.eventRank }),
  };
});
