import * as tf from '@tensorflow/tfjs';
import { MultivariateNormal } from '../distributions/multivariate-normal';
import { checkKeys } from '../ops/check-keys';
import { softClip } from '../ops/soft-clip';
import { asColumn, lowerMask } from '../ops/triangular';
import { familyFactory } from './family-factory';
import { checkLogVarRange } from './log-var-range';

/** What `multivariateNormalFamily` takes. */
export type MultivariateNormalFamilyOptions = {
  /**
   * The range in which `log L_ii²` is left as it is; outside of it, it grows like a logarithm. Default `[-10, 10]`.
   */
  logVarRange?: readonly [number, number];
  /** What the numbers below the diagonal are multiplied by, so that training starts near independence. Default 0.1. */
  lowerScale?: number;
};

/**
 * A Gaussian with a full covariance, for posteriors and conditional priors.
 *
 * The network gives μ, the log-variances that stand on the diagonal, `L_ii = e^(½ logVar)`, and size² numbers of which
 * those below the diagonal are used: `2·size + size²` raw numbers. Its KL to `Normal` and `StandardNormal` priors is
 * closed, but not by dimension. Kingma & Welling 2019 (arXiv 1906.02691, section 2.5.1, algorithm 2).
 *
 * @throws When an option is out of range.
 * @example
 * ```ts
 * const network = tf.sequential({ layers: [tf.layers.dense({ inputShape: [784], units: 400, activation: 'relu' })] });
 * const encoder = new PosteriorEncoder({ network, latentDim: 20, posterior: multivariateNormalFamily() });
 * ```
 */
export const multivariateNormalFamily = /* @__PURE__ */ familyFactory(
  'multivariateNormal',
  (options: MultivariateNormalFamilyOptions, owner: string) => {
    checkKeys(owner, options, ['logVarRange', 'lowerScale']);
    const { logVarRange = [-10, 10], lowerScale = 0.1 } = options;
    checkLogVarRange(owner, logVarRange);
    if (!(Number.isFinite(lowerScale) && lowerScale > 0)) {
      throw new Error(`${owner}: lowerScale must be a positive number, got ${lowerScale}`);
    }
    return {
      closedKl: ['normal', 'standardNormal'],
      klElements: false,
      parameters: (size: number) => ({ mean: size, logVar: size, lower: size * size }),
      distribution({ mean, logVar, lower }) {
        const size = mean.shape.at(-1)!;
        const widths = tf.exp(tf.mul(0.5, softClip(logVar, ...logVarRange)));
        const below = tf.mul(tf.reshape(lower, [...mean.shape, size]), tf.mul(lowerScale, lowerMask(size, false)));
        return new MultivariateNormal({ mean, scaleTril: tf.add(tf.mul(asColumn(widths), tf.eye(size)), below) });
      },
    };
  },
);
