import * as tf from '@tensorflow/tfjs';
import { checkKeys } from '../ops/check-keys';
import { expm1MinusX } from '../ops/expm1-minus-x';
import { logRatio } from '../ops/log-ratio';
import { sumToShape } from '../ops/sum-to-shape';
import { withGradient } from '../ops/with-gradient';
import type { Distribution, SampleOptions, SampleWithLogProb } from './distribution';
import { Elementwise } from './elementwise';
import { finiteExp, logVarOf } from './gaussian-kl';
import type { Normal, NormalParams } from './normal';
import { checkValue, sumEvent } from './shapes';

/** What `Laplace` takes. */
export type LaplaceOptions = LaplaceParams & {
  /** Number of event axes; by default all but the first. Needed where a sample axis comes before the batch. */
  eventRank?: number;
};

/** The parameters of a `Laplace`. */
export type LaplaceParams = {
  /** μ, `[batch, …event]`: mean, median and mode. */
  readonly loc: tf.Tensor;
  /** b, positive, the same shape or a scalar; the standard deviation is √2·b. */
  readonly scale: tf.Tensor;
};

const HINTS = { mean: 'loc', mu: 'loc', location: 'loc', std: 'scale: σ / √2', sigma: 'scale: σ / √2', b: 'scale' };

/**
 * Real elements whose density falls off exponentially on both sides: outliers cost their distance, not its square.
 *
 * `log p(x) = −Σ [|x − μ|/b + log 2b]`, in nats. The KL to another Laplace is
 * `Σ [ρ·g(−δ) + g(log ρ)]` with `ρ = b/b′`, `δ = |μ − μ′|/b` and `g(x) = eˣ − 1 − x` (Gil, Alajaji & Linder 2013,
 * table 2, rearranged so that nothing cancels), that to a Normal is closed too. Samples are reparameterised: `μ + b·ε`.
 *
 * Shapes: `loc` `[batch, …event]`, `scale` the same or a scalar; values `[batch, …event]` or `[samples, batch, …event]`;
 * log-probabilities and KLs `[batch]` or `[samples, batch]`.
 *
 * @example
 * ```ts
 * const likelihood = new Laplace({ loc: tf.zeros([8, 3]), scale: tf.scalar(0.5) });
 * const nll = tf.neg(likelihood.logProb(tf.ones([8, 3]))); // [8], 3·(2 + log 1) nats each
 * ```
 */
export class Laplace extends Elementwise<LaplaceParams> {
  readonly kind = 'laplace';
  readonly reparameterised = true;
  protected override readonly closedKl = ['laplace', 'normal', 'standardNormal'];

  /**
   * @param options Location and scale; the tensors stay the caller's.
   * @throws When `scale` is neither a scalar nor of the shape of `loc`.
   */
  constructor(options: LaplaceOptions) {
    checkKeys('Laplace', options, ['loc', 'scale', 'eventRank'], HINTS, ['loc', 'scale']);
    const { loc, scale, eventRank } = options;
    super('Laplace', { loc, scale }, eventRank);
  }

  sample(options: SampleOptions): tf.Tensor {
    return tf.tidy(() => this.place(this.noise(options)));
  }

  /** The log-density comes from the noise itself, `−Σ (|ε| + log 2b)`: no division by a small b. */
  override sampleWithLogProb(options: SampleOptions): SampleWithLogProb {
    return tf.tidy(() => {
      const epsilon = this.noise(options);
      const elements = tf.neg(tf.add(tf.abs(epsilon), tf.log(tf.mul(2, this.params.scale))));
      return { value: this.place(epsilon), logProb: sumEvent(elements, this.eventRank) };
    });
  }

  protected elementLogProb(x: tf.Tensor): tf.Tensor {
    return logDensity(x, this.params.loc, this.params.scale);
  }

  protected override elementKl(p: Distribution): tf.Tensor {
    const { loc, scale } = this.params;
    if (p.kind === 'standardNormal') {
      checkValue('Laplace.kl: loc', loc, [1, ...p.eventShape], this.eventRank);
      return klToNormal(this.params, { mean: tf.scalar(0), scale: tf.scalar(1) });
    }
    if (p.kind === 'normal') {
      const { params, eventRank } = p as Normal;
      checkValue('Laplace.kl: loc', loc, params.mean.shape, eventRank);
      return klToNormal(this.params, params);
    }
    const { params: other, eventRank } = p as Laplace;
    checkValue('Laplace.kl: loc', loc, other.loc.shape, eventRank);
    const distance = tf.div(tf.abs(tf.sub(loc, other.loc)), scale);
    const logRho = logRatio(scale, other.scale);
    return tf.add(tf.mul(tf.div(scale, other.scale), expm1MinusX(tf.neg(distance))), expm1MinusX(logRho));
  }

  mean(): tf.Tensor {
    return tf.clone(this.params.loc);
  }

  /** The likeliest value, μ. */
  mode(): tf.Tensor {
    return this.mean();
  }

  /** `2b²` of each element. */
  variance(): tf.Tensor {
    return tf.tidy(() => tf.add(tf.zeros(this.drawShape), tf.mul(2, tf.square(this.params.scale))));
  }

  /** `Σ [1 + log 2b]`. */
  entropy(): tf.Tensor {
    return tf.tidy(() => {
      const each = tf.add(tf.log(this.params.scale), 1 + Math.LN2);
      return sumEvent(tf.add(tf.zeros(this.drawShape), each), this.eventRank);
    });
  }

  protected withParams(params: LaplaceParams): Laplace {
    return new Laplace({ ...params, eventRank: this.eventRank });
  }

  private noise({ rng, ...options }: SampleOptions): tf.Tensor {
    return rng.laplace(this.drawShape, options);
  }

  private place(epsilon: tf.Tensor): tf.Tensor {
    return tf.add(this.params.loc, tf.mul(this.params.scale, epsilon));
  }
}

/** `−|u| − log 2b`, `u = (x − μ)/b`, with the gradients `sign(u)/b` by μ, its opposite by x, and `(|u| − 1)/b` by b. */
function logDensity(x: tf.Tensor, loc: tf.Tensor, scale: tf.Tensor): tf.Tensor {
  return withGradient(
    [x, loc, scale],
    save => {
      save([x, loc, scale]);
      return tf.tidy(() => tf.neg(tf.add(tf.abs(tf.div(tf.sub(x, loc), scale)), tf.log(tf.mul(2, scale)))));
    },
    (dy, [v, mu, b]) => {
      const u = tf.div(tf.sub(v!, mu!), b!);
      const share = tf.div(dy, b!);
      const byLoc = tf.mul(share, tf.sign(u));
      return [
        sumToShape(tf.neg(byLoc), v!.shape),
        sumToShape(byLoc, mu!.shape),
        sumToShape(tf.mul(share, tf.sub(tf.abs(u), 1)), b!.shape),
      ];
    },
  );
}

const TO_NORMAL = 0.5 * Math.log(2 * Math.PI) - Math.LN2 - 1;

/** Elements of `KL(Laplace ‖ N(m, σ²)) = −log(b/σ) + (b/σ)² + ½((μ − m)/σ)² + ½ log 2π − log 2 − 1`. */
function klToNormal({ loc, scale }: LaplaceParams, normal: NormalParams): tf.Tensor {
  const inverse: tf.Tensor = 'scale' in normal ? tf.reciprocal(normal.scale) : finiteExp(tf.mul(-0.5, normal.logVar));
  const distance = tf.mul(0.5, tf.square(tf.mul(tf.sub(loc, normal.mean), inverse)));
  const logRatioOfScales = tf.sub(tf.log(scale), tf.mul(0.5, logVarOf(normal)));
  return tf.add(tf.sub(tf.add(distance, tf.square(tf.mul(scale, inverse))), logRatioOfScales), TO_NORMAL);
}
