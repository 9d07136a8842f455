import { Normal, type NormalWithLogVar } from '../distributions/normal';
import { checkKeys } from '../ops/check-keys';
import { softClip } from '../ops/soft-clip';
import { familyFactory } from './family-factory';

/** What `normalFamily` takes. */
export type NormalFamilyOptions = {
  /**
   * The range in which the log-variance is left as it is; outside of it, it grows like a logarithm. `false` leaves it
   * unbounded. Default `[-10, 10]`.
   */
  logVarRange?: readonly [number, number] | false;
};

/**
 * A Gaussian with independent elements, for posteriors and conditional priors: the network gives mean and log-variance.
 *
 * `N(mean, diag(e^logVar))`; two raw numbers for each element. Its KL to `Normal` and `StandardNormal` priors is closed.
 * Kingma & Welling 2014 (arXiv 1312.6114, equation 9). For likelihoods there is `gaussianFamily`, which has a σ floor.
 *
 * @throws When `logVarRange` is not an ascending pair.
 * @example
 * ```ts
 * const network = tf.sequential({ layers: [tf.layers.dense({ inputShape: [784], units: 400, activation: 'relu' })] });
 * const encoder = new PosteriorEncoder({ network, latentDim: 20, posterior: normalFamily() });
 * ```
 */
export const normalFamily = /* @__PURE__ */ familyFactory('normal', (options: NormalFamilyOptions, owner: string) => {
  checkKeys(owner, options, ['logVarRange']);
  const { logVarRange = [-10, 10] } = options;
  if (logVarRange !== false && !(logVarRange[0] < logVarRange[1])) {
    throw new Error(`${owner}: logVarRange must be [low, high] with low < high, or false, got [${logVarRange}]`);
  }
  return {
    closedKl: ['normal', 'standardNormal'],
    parameters: (size: number) => ({ mean: size, logVar: size }),
    distribution({ mean, logVar }, { eventRank }) {
      const bounded = logVarRange ? softClip(logVar, ...logVarRange) : logVar;
      return new Normal({ mean, logVar: bounded, eventRank }) as NormalWithLogVar;
    },
  };
});
