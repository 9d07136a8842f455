import * as tf from '@tensorflow/tfjs';
import { checkKeys } from '../ops/check-keys';
import { sumToShape } from '../ops/sum-to-shape';
import { asColumn, diagonalOf, lowerMask, outer, substitute } from '../ops/triangular';
import { withGradient } from '../ops/with-gradient';
import { fullStandardKl, standardising } from './correlated-kl';
import { Dependent } from './dependent';
import type { Distribution, SampleOptions, SampleWithLogProb } from './distribution';

const LOG_2PI = Math.log(2 * Math.PI);

/** The parameters of a `MultivariateNormal`. */
export type MultivariateNormalParams = {
  /** μ, `[batch, size]`. */
  readonly mean: tf.Tensor;
  /** L, `[batch, size, size]`: lower triangular with a positive diagonal. What lies above the diagonal is taken for 0. */
  readonly scaleTril: tf.Tensor;
};

const HINTS = {
  loc: 'mean',
  covariance: 'scaleTril, its Cholesky factor',
  covarianceMatrix: 'scaleTril, its Cholesky factor',
  covariance_matrix: 'scaleTril, its Cholesky factor',
  scale_tril: 'scaleTril',
  scale: 'scaleTril',
};

/**
 * A Gaussian whose dimensions are correlated, `N(μ, L·Lᵀ)`.
 *
 * `log p(x) = −½ |L⁻¹(x − μ)|² − Σ log L_ii − ½ size·log 2π`, in nats. Samples are reparameterised, `μ + L·ε`, and their
 * log-density comes from ε. The KL to `StandardNormal` and `Normal` is closed and solves nothing:
 * `½ Σ [μ² + L_ii² − 1 − log L_ii²] + ½ ‖N‖²` with N below the diagonal. Kingma & Welling 2019 (arXiv 1906.02691,
 * section 2.5.1, equations 2.30 to 2.37).
 *
 * Shapes: `mean` `[batch, size]`, `scaleTril` `[batch, size, size]`; values `[batch, size]` or `[samples, batch, size]`;
 * log-probabilities and KLs `[batch]` or `[samples, batch]`. There is no log-density of single elements, and no mask.
 *
 * @example
 * ```ts
 * const scaleTril = tf.tensor3d([[[1, 0], [0.9, 0.4]]]);
 * const posterior = new MultivariateNormal({ mean: tf.zeros([1, 2]), scaleTril });
 * const z = posterior.sample({ rng: new Rng(7), samples: 100 }); // [100, 1, 2]
 * const kl = posterior.kl(new StandardNormal({ shape: [2] })); // [1], nats
 * ```
 */
export class MultivariateNormal extends Dependent<MultivariateNormalParams> {
  /** Its kind, by which closed KLs are known. */
  readonly kind = 'multivariateNormal';
  /** Whether gradients flow through samples into the parameters. */
  readonly reparameterised = true;
  protected override readonly closedKl = ['normal', 'standardNormal'];

  /**
   * @param options Mean and Cholesky factor, which stay the caller's.
   * @throws When `scaleTril` is not a square matrix for each mean.
   */
  constructor(options: MultivariateNormalParams) {
    checkKeys('MultivariateNormal', options, ['mean', 'scaleTril'], HINTS, ['mean', 'scaleTril']);
    const { mean, scaleTril } = options;
    super('MultivariateNormal', { mean, scaleTril }, 1);
    const wanted = [...mean.shape, mean.shape.at(-1)!];
    if (mean.rank < 2 || !tf.util.arraysEqual(scaleTril.shape, wanted)) {
      throw new Error(
        `MultivariateNormal: mean must be [batch, size] and scaleTril [batch, size, size], got [${mean.shape}] and [${scaleTril.shape}]`,
      );
    }
  }

  /** Draws values, `[batch, …event]` or `[samples, batch, …event]`. */
  sample(options: SampleOptions): tf.Tensor {
    return tf.tidy(() => this.place(this.noise(options)));
  }

  /** The log-density comes from the noise itself, `−½ Σ (ε² + log 2π) − Σ log L_ii`: nothing is solved. */
  override sampleWithLogProb(options: SampleOptions): SampleWithLogProb {
    return tf.tidy(() => {
      const epsilon = this.noise(options);
      const ofNoise = tf.mul(-0.5, tf.sum(tf.add(tf.square(epsilon), LOG_2PI), -1));
      return { value: this.place(epsilon), logProb: tf.sub(ofNoise, this.logDeterminant()) };
    });
  }

  protected eventLogProb(x: tf.Tensor): tf.Tensor {
    return logDensity(x, this.params.mean, this.params.scaleTril);
  }

  protected override eventKl(p: Distribution): tf.Tensor {
    const { mean, scaleTril } = this.params;
    const { point, rows } = standardising('MultivariateNormal.kl: the mean', mean, p);
    return fullStandardKl(point(mean), rows(scaleTril));
  }

  /** μ, as a new tensor. */
  mean(): tf.Tensor {
    return tf.clone(this.params.mean);
  }

  /** The likeliest value, μ. */
  mode(): tf.Tensor {
    return tf.clone(this.params.mean);
  }

  /** `Σ_j L_ij²` of each dimension: the diagonal of the covariance. */
  variance(): tf.Tensor {
    return tf.tidy(() => tf.sum(tf.square(this.lower()), -1));
  }

  /** `Σ log L_ii + ½ size (log 2π + 1)`. */
  entropy(): tf.Tensor {
    return tf.tidy(() => tf.add(this.logDeterminant(), 0.5 * this.eventShape[0]! * (LOG_2PI + 1)));
  }

  protected withParams(params: MultivariateNormalParams): MultivariateNormal {
    return new MultivariateNormal(params);
  }

  private lower(): tf.Tensor {
    return tf.mul(this.params.scaleTril, lowerMask(this.eventShape[0]!, true));
  }

  private noise({ rng, ...options }: SampleOptions): tf.Tensor {
    return rng.normal(this.drawShape, options);
  }

  private place(epsilon: tf.Tensor): tf.Tensor {
    return tf.add(this.params.mean, timesLower(this.params.scaleTril, epsilon));
  }

  private logDeterminant(): tf.Tensor {
    return tf.sum(tf.log(diagonalOf(this.params.scaleTril)), -1);
  }
}

/** `L·ε`, with the gradient `dz·εᵀ` below the diagonal and on it. */
function timesLower(lower: tf.Tensor, epsilon: tf.Tensor): tf.Tensor {
  const masked = (t: tf.Tensor) => tf.mul(t, lowerMask(lower.shape.at(-1)!, true));
  return withGradient(
    [lower],
    save => {
      save([lower, epsilon]);
      return tf.tidy(() => tf.sum(tf.mul(masked(lower), tf.expandDims(epsilon, -2)), -1));
    },
    (dz, [l, noise]) => [masked(sumToShape(outer(dz, noise!), l!.shape))],
  );
}

/**
 * `−½ |y|² − Σ log L_ii − ½ size·log 2π`, `y = L⁻¹(x − μ)`: one node on the tape. With `w = L⁻ᵀ·y` the gradients are
 * `−w` by x, `w` by μ, and `w·yᵀ − diag(1 / L_ii)`, without what lies above the diagonal, by L.
 */
function logDensity(x: tf.Tensor, mean: tf.Tensor, lower: tf.Tensor): tf.Tensor {
  return withGradient(
    [x, mean, lower],
    save => {
      save([x, mean, lower]);
      return tf.tidy(() => {
        const y = substitute(lower, tf.sub(x, mean));
        const squares = tf.mul(-0.5, tf.sum(tf.add(tf.square(y), LOG_2PI), -1));
        return tf.sub(squares, tf.sum(tf.log(diagonalOf(lower)), -1));
      });
    },
    (dy, [value, mu, l]) => {
      const size = mu!.shape.at(-1)!;
      const y = substitute(l!, tf.sub(value!, mu!));
      const w = tf.mul(asColumn(dy), substitute(l!, y, true));
      const inverse = tf.mul(asColumn(tf.reciprocal(diagonalOf(l!))), tf.eye(size));
      const byLower = sumToShape(tf.sub(outer(w, y), tf.mul(asColumn(asColumn(dy)), inverse)), l!.shape);
      return [sumToShape(tf.neg(w), value!.shape), sumToShape(w, mu!.shape), tf.mul(byLower, lowerMask(size, true))];
    },
  );
}
