import * as tf from '@tensorflow/tfjs';
import { checkKeys } from '../ops/check-keys';
import { withoutGradient } from '../ops/without-gradient';
import type { SampleOptions } from './distribution';
import { Elementwise } from './elementwise';
import { checkLevels, levelLogMass, levelMean, roundedDraw } from './level-terms';

/** What `DiscretizedLogistic` takes. */
export type DiscretizedLogisticOptions = DiscretizedLogisticParams & {
  /** L, the number of levels: 256 for bytes. */
  levels: number;
  /** Number of event axes; by default all but the first. Needed where a sample axis comes before the batch. */
  eventRank?: number;
};

/** The parameters of a `DiscretizedLogistic`. */
export type DiscretizedLogisticParams = {
  /** μ on the grid from −1 (black) to 1 (white), `[batch, …event]`; it may lie outside. */
  readonly mean: tf.Tensor;
  /** log s on that grid, the same shape or a scalar. */
  readonly logScale: tf.Tensor;
};

const LOGISTIC_HINTS = {
  ...{ loc: 'mean', mu: 'mean', scale: 'logScale: tf.log(scale)', logScales: 'logScale', bins: 'levels' },
};

/**
 * Elements on L levels, such as the 256 of bytes: a logistic density, whose mass between two levels goes to the nearer.
 *
 * With `level = −1 + 2k/(L − 1)` and `h = 1/(L − 1)`: `p(k) = σ((level + h − μ)/s) − σ((level − h − μ)/s)`, where the
 * first level has all the mass below it, and the last all above it; in nats. Kingma et al. 2016 (arXiv 1606.04934) and Salimans et al. 2017 (arXiv 1701.05517, equation 2). It is computed without their
 * fallback for small masses, which is 2 nats off. Bits per dimension are `−ELBO / (D·log 2)`.
 *
 * Values are k/(L − 1), in [0, 1]: bytes divided by 255, not dequantised. Shapes: `mean` `[batch, …event]`, `logScale`
 * the same or a scalar; values `[batch, …event]` or `[samples, batch, …event]`; log-probabilities `[batch]` or
 * `[samples, batch]`. `mean()` is in [0, 1] too; for more than 32 levels it is right to half a level. Samples carry no
 * gradient.
 *
 * @example
 * ```ts
 * const parameters = { mean: tf.zeros([8, 784]), logScale: tf.scalar(-2) };
 * const likelihood = new DiscretizedLogistic({ ...parameters, levels: 256 });
 * const nll = tf.neg(likelihood.logProb(tf.zeros([8, 784]))); // [8], nats
 * const bitsPerDim = tf.div(nll, 784 * Math.LN2);
 * ```
 */
export class DiscretizedLogistic extends Elementwise<DiscretizedLogisticParams> {
  readonly kind = 'discretizedLogistic';
  readonly reparameterised = false;
  /** L, the number of levels. */
  readonly levels: number;

  /**
   * @param options Mean, log-scale and the number of levels; the tensors stay the caller's.
   * @throws When `logScale` is neither a scalar nor of the shape of `mean`, or `levels` is not an integer above 1.
   */
  constructor(options: DiscretizedLogisticOptions) {
    const required = ['mean', 'logScale', 'levels'] as const;
    checkKeys('DiscretizedLogistic', options, [...required, 'eventRank'], LOGISTIC_HINTS, required);
    const { mean, logScale, levels, eventRank } = options;
    checkLevels('DiscretizedLogistic', levels);
    super('DiscretizedLogistic', { mean, logScale }, eventRank);
    this.levels = levels;
  }

  sample({ rng, ...options }: SampleOptions): tf.Tensor {
    const { mean, logScale } = this.params;
    return withoutGradient([mean, logScale], () =>
      roundedDraw(mean, logScale, rng.logistic(this.drawShape, options), this.levels),
    );
  }

  protected elementLogProb(x: tf.Tensor): tf.Tensor {
    return levelLogMass(x, this.params.mean, this.params.logScale, this.levels);
  }

  /** `E[k] / (L − 1)`. */
  mean(): tf.Tensor {
    return tf.tidy(() => levelMean(this.params.mean, this.params.logScale, this.levels));
  }

  protected withParams(params: DiscretizedLogisticParams): DiscretizedLogistic {
    return new DiscretizedLogistic({ ...params, levels: this.levels, eventRank: this.eventRank });
  }
}
