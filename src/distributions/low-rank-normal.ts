import * as tf from '@tensorflow/tfjs';
import { checkKeys } from '../ops/check-keys';
import { expm1MinusX } from '../ops/expm1-minus-x';
import { logRatio } from '../ops/log-ratio';
import { asColumn } from '../ops/triangular';
import { standardising } from './correlated-kl';
import { Dependent } from './dependent';
import type { Distribution, SampleOptions, SampleWithLogProb } from './distribution';
import { lowRankDistance, lowRankLogDeterminant } from './low-rank-terms';

const LOG_2PI = Math.log(2 * Math.PI);

/** The parameters of a `LowRankNormal`. */
export type LowRankNormalParams = {
  /** μ, `[batch, size]`. */
  readonly mean: tf.Tensor;
  /** σ of the independent part, `[batch, size]`, positive. */
  readonly scale: tf.Tensor;
  /** U, `[batch, size, rank]`: the directions that the dimensions share. */
  readonly factor: tf.Tensor;
};

const HINTS = {
  loc: 'mean',
  cov_factor: 'factor',
  cov_diag: 'scale, its square root',
  scaleDiag: 'scale',
  scale_diag: 'scale',
  logVar: 'scale: tf.exp(tf.mul(0.5, logVar))',
};

/**
 * A Gaussian whose dimensions share a few directions, `N(μ, diag(σ²) + U·Uᵀ)`: between independent dimensions and a full
 * covariance.
 *
 * With `V = σ⁻¹·U`, `C = I + VᵀV` and `r = (x − μ)/σ`, `c = C⁻¹Vᵀr`:
 * `log p(x) = −½ (|r − V·c|² + |c|²) − Σ log σ − ½ log|C| − ½ size·log 2π`, in nats: the identity of Woodbury, with a
 * sum of squares in place of its difference. Samples are reparameterised, `μ + σ·ε₁ + U·ε₂`. The KL to `StandardNormal`
 * and `Normal` is closed: `½ Σ [μ² + σ² − 1 − log σ²] + ½ ‖U‖² − ½ log|C|`. Ong, Nott & Smith 2018, "Gaussian
 * variational approximation with a factor covariance structure" (arXiv 1701.03208, section 3).
 *
 * Shapes: `mean` and `scale` `[batch, size]`, `factor` `[batch, size, rank]`; values `[batch, size]` or
 * `[samples, batch, size]`; log-probabilities and KLs `[batch]` or `[samples, batch]`. There is no log-density of single
 * elements, and no mask. A C of rank × rank is factorised step by step: ranks up to 10 are what it is made for.
 *
 * @example
 * ```ts
 * const [mean, scale] = [tf.zeros([8, 20]), tf.fill([8, 20], 0.5)];
 * const posterior = new LowRankNormal({ mean, scale, factor: tf.ones([8, 20, 2]) });
 * const kl = posterior.kl(new StandardNormal({ shape: [20] })); // [8], nats
 * ```
 */
export class LowRankNormal extends Dependent<LowRankNormalParams> {
  /** Its kind, by which closed KLs are known. */
  readonly kind = 'lowRankNormal';
  /** Whether gradients flow through samples into the parameters. */
  readonly reparameterised = true;
  protected override readonly closedKl = ['normal', 'standardNormal'];

  /**
   * @param options Mean, scale and factor, which stay the caller's.
   * @throws When their shapes do not fit each other.
   */
  constructor(options: LowRankNormalParams) {
    checkKeys('LowRankNormal', options, ['mean', 'scale', 'factor'], HINTS, ['mean', 'scale', 'factor']);
    const { mean, scale, factor } = options;
    super('LowRankNormal', { mean, scale, factor }, 1);
    const fits =
      tf.util.arraysEqual(scale.shape, mean.shape) && tf.util.arraysEqual(factor.shape.slice(0, -1), mean.shape);
    if (mean.rank < 2 || !fits) {
      throw new Error(
        `LowRankNormal: mean and scale must be [batch, size] and factor [batch, size, rank], got [${mean.shape}], [${scale.shape}] and [${factor.shape}]`,
      );
    }
  }

  /** Draws values, `[batch, …event]` or `[samples, batch, …event]`. */
  sample(options: SampleOptions): tf.Tensor {
    return tf.tidy(() => this.place(this.noise(options)));
  }

  /** Draws values with their log-density, from the same noise. */
  override sampleWithLogProb(options: SampleOptions): SampleWithLogProb {
    return tf.tidy(() => {
      const r = this.noise(options);
      return { value: this.place(r), logProb: this.density(r) };
    });
  }

  protected eventLogProb(x: tf.Tensor): tf.Tensor {
    const { mean, scale } = this.params;
    return this.density(tf.div(tf.sub(x, mean), scale));
  }

  protected override eventKl(p: Distribution): tf.Tensor {
    const { mean, scale, factor } = this.params;
    const { point, rows } = standardising('LowRankNormal.kl: the mean', mean, p);
    const width = tf.squeeze(rows(asColumn(scale)), [-1]);
    const ofElements = tf.add(tf.square(point(mean)), expm1MinusX(tf.mul(2, logRatio(width, tf.scalar(1)))));
    const squares = tf.add(tf.sum(ofElements, -1), tf.sum(tf.square(rows(factor)), [-2, -1]));
    return tf.sub(tf.mul(0.5, squares), lowRankLogDeterminant(this.directions()));
  }

  /** μ, as a new tensor. */
  mean(): tf.Tensor {
    return tf.clone(this.params.mean);
  }

  /** The likeliest value, μ. */
  mode(): tf.Tensor {
    return tf.clone(this.params.mean);
  }

  /** `σ² + Σ_k U_ik²` of each dimension: the diagonal of the covariance. */
  variance(): tf.Tensor {
    const { scale, factor } = this.params;
    return tf.tidy(() => tf.add(tf.square(scale), tf.sum(tf.square(factor), -1)));
  }

  /** `Σ log σ + ½ log|C| + ½ size (log 2π + 1)`. */
  entropy(): tf.Tensor {
    return tf.tidy(() => {
      const ofScale = tf.sum(tf.add(tf.log(this.params.scale), 0.5 * (LOG_2PI + 1)), -1);
      return tf.add(ofScale, lowRankLogDeterminant(this.directions()));
    });
  }

  protected withParams(params: LowRankNormalParams): LowRankNormal {
    return new LowRankNormal(params);
  }

  /** `V = σ⁻¹·U`. */
  private directions(): tf.Tensor {
    return tf.div(this.params.factor, asColumn(this.params.scale));
  }

  /** `r = ε₁ + V·ε₂`. */
  private noise({ rng, ...options }: SampleOptions): tf.Tensor {
    const rank = this.params.factor.shape.at(-1)!;
    const own = rng.normal(this.drawShape, options);
    const shared = rng.normal([...this.drawShape.slice(0, -1), rank], options);
    return tf.add(own, tf.sum(tf.mul(this.directions(), tf.expandDims(shared, -2)), -1));
  }

  private place(r: tf.Tensor): tf.Tensor {
    return tf.add(this.params.mean, tf.mul(this.params.scale, r));
  }

  /** From the standardised value `r`. */
  private density(r: tf.Tensor): tf.Tensor {
    const directions = this.directions();
    const ofScale = tf.sum(tf.add(tf.log(this.params.scale), 0.5 * LOG_2PI), -1);
    const distance = tf.mul(-0.5, lowRankDistance(r, directions));
    return tf.sub(tf.sub(distance, ofScale), lowRankLogDeterminant(directions));
  }
}
