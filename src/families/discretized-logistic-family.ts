import * as tf from '@tensorflow/tfjs';
import { DiscretizedLogistic } from '../distributions/discretized-logistic';
import { checkLevels } from '../distributions/level-terms';
import { checkKeys } from '../ops/check-keys';
import { softClip } from '../ops/soft-clip';
import { familyFactory } from './family-factory';
import { checkRange } from './scale-link';

/** What `discretizedLogisticFamily` takes. */
export type DiscretizedLogisticFamilyOptions = {
  /** L, the number of levels. Default 256, that of bytes. */
  levels?: number;
  /** `'sigmoid'` keeps the mean between black and white, as `2σ(·) − 1`. Default `'linear'`. */
  mean?: 'linear' | 'sigmoid';
  /**
   * The range in which the log-scale is left as it is; outside of it, it grows like a logarithm. Default `[-7, 7]`: at
   * −7, a level of 256 already has 98 % of the mass.
   */
  logScaleRange?: readonly [number, number];
};

/**
 * Images with levels, such as bytes divided by 255: the network gives a mean on the [−1, 1] grid and a log-scale.
 *
 * `p(x) = DiscretizedLogistic(mean, softClip(logScale))`; two raw numbers for each element. Kingma et al. 2016 (arXiv
 * 1606.04934). Bits per dimension are `−ELBO / (D·log 2)`.
 *
 * @throws When an option is out of range.
 * @example
 * ```ts
 * const vae = mlpVae({ inputShape: [28, 28, 1], latentDim: 20, likelihood: discretizedLogisticFamily() });
 * ```
 */
export const discretizedLogisticFamily = /* @__PURE__ */ familyFactory(
  'discretizedLogistic',
  (options: DiscretizedLogisticFamilyOptions, owner: string) => {
    checkKeys(owner, options, ['levels', 'mean', 'logScaleRange'], { bins: 'levels', loc: 'mean' });
    const { levels = 256, mean: link = 'linear', logScaleRange = [-7, 7] } = options;
    checkLevels(owner, levels);
    checkRange(owner, 'logScaleRange', logScaleRange);
    if (link !== 'linear' && link !== 'sigmoid') {
      throw new Error(`${owner}: mean must be 'linear' or 'sigmoid', got '${link}'`);
    }
    return {
      support: { levels },
      parameters: (size: number) => ({ mean: size, logScale: size }),
      distribution({ mean: raw, logScale }, { eventRank }) {
        const mean = link === 'sigmoid' ? tf.tanh(tf.mul(0.5, raw)) : raw;
        return new DiscretizedLogistic({ mean, logScale: softClip(logScale, ...logScaleRange), levels, eventRank });
      },
    };
  },
);
