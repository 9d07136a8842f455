import { LogNormal } from '../distributions/log-normal';
import { checkKeys } from '../ops/check-keys';
import { type FamilyDeclaration, familyFactory } from './family-factory';
import { type ScaleOptions, scaleLink } from './scale-link';

/** What `logNormalFamily` takes. */
export type LogNormalFamilyOptions = ScaleOptions;

/**
 * Positive elements whose logarithm is Normal: the network gives the mean of log x, and the log-scale of log x.
 *
 * `log x ~ N(mean, scale²)`, `scale = e^softClip(logScale)`; two raw numbers for each element, or one where the scale is
 * shared or given. Data with 0 are refused, since they have no density.
 *
 * @throws When an option is out of range.
 * @example
 * ```ts
 * const vae = mlpVae({ inputShape: [12], latentDim: 2, likelihood: logNormalFamily({ scale: 'shared' }) });
 * ```
 */
export const logNormalFamily = /* @__PURE__ */ familyFactory(
  'logNormal',
  (options: LogNormalFamilyOptions, owner): FamilyDeclaration<LogNormal, string> => {
    checkKeys(owner, options, ['scale', 'logScaleRange'], { sigma: 'scale' });
    const { fromNetwork, scaleOf, ...rest } = scaleLink(owner, options);
    return {
      ...rest,
      support: 'positive',
      closedKl: ['logNormal'],
      parameters: (size): Record<string, number> => (fromNetwork ? { mean: size, logScale: size } : { mean: size }),
      distribution: ({ mean, logScale }, context) =>
        new LogNormal({ mean: mean!, scale: scaleOf(logScale, context), eventRank: context.eventRank }),
    };
  },
);
