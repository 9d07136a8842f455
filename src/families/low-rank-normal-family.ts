import * as tf from '@tensorflow/tfjs';
import { LowRankNormal } from '../distributions/low-rank-normal';
import { checkCount } from '../ops/check';
import { checkKeys } from '../ops/check-keys';
import { softClip } from '../ops/soft-clip';
import { familyFactory } from './family-factory';
import { checkLogVarRange } from './log-var-range';

/** What `lowRankNormalFamily` takes. */
export type LowRankNormalFamilyOptions = {
  /** How many directions the dimensions share; 1 to 10 are sensible. */
  rank: number;
  /**
   * The range in which the log-variance of the independent part is left as it is; outside of it, it grows like a
   * logarithm. Default `[-10, 10]`.
   */
  logVarRange?: readonly [number, number];
};

/**
 * A Gaussian with the covariance `diag(e^logVar) + U·Uᵀ`, for posteriors and conditional priors.
 *
 * The network gives μ, the log-variances and U, `[size, rank]`: `size·(2 + rank)` raw numbers. Its KL to `Normal` and
 * `StandardNormal` priors is closed, but not by dimension. Ong, Nott & Smith 2018 (arXiv 1701.03208, section 3).
 *
 * @throws When `rank` is not a positive integer, or `logVarRange` is not an ascending pair.
 * @example
 * ```ts
 * const network = tf.sequential({ layers: [tf.layers.dense({ inputShape: [784], units: 400, activation: 'relu' })] });
 * const encoder = new PosteriorEncoder({ network, latentDim: 20, posterior: lowRankNormalFamily({ rank: 2 }) });
 * ```
 */
export const lowRankNormalFamily = /* @__PURE__ */ familyFactory(
  'lowRankNormal',
  (options: LowRankNormalFamilyOptions, owner: string) => {
    checkKeys(owner, options, ['rank', 'logVarRange'], {}, ['rank']);
    const { rank, logVarRange = [-10, 10] } = options;
    checkCount(owner, 'rank', rank);
    checkLogVarRange(owner, logVarRange);
    return {
      closedKl: ['normal', 'standardNormal'],
      klElements: false,
      parameters: (size: number) => ({ mean: size, logVar: size, factor: size * rank }),
      distribution({ mean, logVar, factor }) {
        const scale = tf.exp(tf.mul(0.5, softClip(logVar, ...logVarRange)));
        return new LowRankNormal({ mean, scale, factor: tf.reshape(factor, [...mean.shape, rank]) });
      },
    };
  },
);
