import * as tf from '@tensorflow/tfjs';
import { checkKeys } from '../ops/check-keys';
import { expm1MinusX } from '../ops/expm1-minus-x';
import type { Distribution, SampleOptions, SampleWithLogProb } from './distribution';
import { Elementwise } from './elementwise';
import { finiteExp, inverseScaleOf, logVarDifference, logVarOf, standardKlElements, type Width } from './gaussian-kl';
import { checkValue, sumEvent } from './shapes';

const LOG_2PI = Math.log(2 * Math.PI);

type NormalGiven = { mean: tf.Tensor; logVar?: tf.Tensor; scale?: tf.Tensor; eventRank?: number };
const HINTS = { std: 'scale', stddev: 'scale', sigma: 'scale', variance: 'logVar: tf.log(variance)', loc: 'mean' };

/** A mean and a log-variance. */
export type MeanAndLogVar = {
  /** μ, `[batch, …event]`. */
  mean: tf.Tensor;
  /** log σ², the same shape or a scalar. */
  logVar: tf.Tensor;
};

/** A mean with the log-variance, or with the standard deviation. */
export type NormalParams =
  | MeanAndLogVar
  | {
      /** μ, `[batch, …event]`. */
      mean: tf.Tensor;
      /** σ, the same shape or a scalar. */
      scale: tf.Tensor;
    };

/** A `Normal` that was made of a mean and a log-variance, as Gaussian encoders make it. */
export type NormalWithLogVar = Normal & {
  /** Mean and log-variance as they were given. */
  readonly params: Readonly<MeanAndLogVar>;
};

/** What `Normal` takes. */
export type NormalOptions = NormalParams & {
  /** Number of event axes; by default all but the first. Needed where a sample axis comes before the batch. */
  eventRank?: number;
};

/**
 * A Gaussian with independent elements, `N(mean, diag(σ²))`.
 *
 * `log p(x) = −½ Σ [(x − μ)²/σ² + log σ² + log 2π]`, summed over the event. The KL to another Normal is closed
 * (Kingma & Welling 2014, arXiv 1312.6114, appendix B), and fused for N(0, I). Samples are reparameterised:
 * `μ + σ·ε`.
 *
 * Shapes: `mean` `[batch, …event]`, `logVar` or `scale` the same or a scalar; values `[batch, …event]` or
 * `[samples, batch, …event]`; log-probabilities and KLs `[batch]` or `[samples, batch]`, in nats.
 *
 * @example
 * ```ts
 * const posterior = new Normal({ mean: tf.zeros([8, 2]), logVar: tf.zeros([8, 2]) });
 * const z = posterior.sample({ rng: new Rng(7) }); // [8, 2]
 * const density = posterior.logProb(z); // [8], nats
 * ```
 */
export class Normal extends Elementwise<NormalParams> {
  readonly kind = 'normal';
  readonly reparameterised = true;
  protected override readonly closedKl = ['normal', 'standardNormal'];

  /**
   * @param options The mean, and the log-variance or the scale; the tensors stay the caller's.
   * @throws When `logVar` or `scale` is neither a scalar nor of the shape of `mean`.
   */
  constructor(options: NormalOptions) {
    checkKeys('Normal', options as NormalGiven, ['mean', 'logVar', 'scale', 'eventRank'], HINTS, ['mean']);
    const { mean, logVar, scale, eventRank } = options as NormalGiven;
    if ((logVar === undefined) === (scale === undefined)) throw new Error('Normal: give either logVar or scale');
    super('Normal', logVar === undefined ? { mean, scale: scale! } : { mean, logVar }, eventRank);
  }

  sample(options: SampleOptions): tf.Tensor {
    return tf.tidy(() => this.place(this.noise(options)));
  }

  /** The log-density comes from the noise itself, `−½ Σ (ε² + log σ² + log 2π)`: no division by a small σ. */
  override sampleWithLogProb(options: SampleOptions): SampleWithLogProb {
    return tf.tidy(() => {
      const epsilon = this.noise(options);
      return { value: this.place(epsilon), logProb: sumEvent(this.density(tf.square(epsilon)), this.eventRank) };
    });
  }

  protected elementLogProb(x: tf.Tensor): tf.Tensor {
    return this.density(tf.square(tf.mul(tf.sub(x, this.params.mean), inverseScaleOf(this.params))));
  }

  protected override elementKl(p: Distribution): tf.Tensor {
    const { mean } = this.params;
    if (p.kind === 'standardNormal') {
      checkValue('Normal.kl: the mean', mean, [1, ...p.eventShape], this.eventRank);
      return standardKlElements(mean, this.full(this.logVarToUnit()));
    }
    const other = p as Normal;
    checkValue('Normal.kl: the mean', mean, other.params.mean.shape, other.eventRank);
    return other.klElementsFrom(mean, this.params);
  }

  /**
   * `KL(N(mean, σ_q²) ‖ this) = ½ [g(log σ_q² − log σ²) + (mean − μ)²/σ²]`. The arguments belong to
   * q; without them, q is N(0, 1). The formula is a method, so that N(0, I) alone does not bring it into a bundle.
   * @internal
   */
  klElementsFrom(mean?: tf.Tensor, width?: Width): tf.Tensor {
    return tf.tidy(() => {
      const from = width ?? { logVar: tf.scalar(0), scale: tf.scalar(1) };
      const error = tf.sub(mean ?? 0, this.params.mean);
      const distance =
        'scale' in this.params
          ? tf.square(tf.div(error, this.params.scale))
          : tf.mul(tf.square(error), finiteExp(tf.neg(this.params.logVar)));
      return tf.mul(0.5, tf.add(expm1MinusX(logVarDifference(from, this.params)), distance));
    });
  }

  mean(): tf.Tensor {
    return tf.clone(this.params.mean);
  }

  /** The likeliest value, μ. */
  mode(): tf.Tensor {
    return tf.clone(this.params.mean);
  }

  /** σ² of each element. */
  variance(): tf.Tensor {
    return tf.tidy(() => this.full('scale' in this.params ? tf.square(this.params.scale) : tf.exp(this.params.logVar)));
  }

  /** `½ Σ (log σ² + log 2π + 1)`. */
  entropy(): tf.Tensor {
    return tf.tidy(() => sumEvent(tf.mul(0.5, tf.add(this.full(logVarOf(this.params)), LOG_2PI + 1)), this.eventRank));
  }

  protected withParams(params: NormalParams): Normal {
    return new Normal({ ...params, eventRank: this.eventRank });
  }

  /** `log σ²`, with all digits near σ = 1. */
  private logVarToUnit(): tf.Tensor {
    const { params } = this;
    return 'scale' in params ? logVarDifference(params, { scale: tf.scalar(1) }) : params.logVar;
  }

  /** Broadcasts a parameter to the shape of the mean. */
  private full(parameter: tf.Tensor): tf.Tensor {
    return parameter.rank === 0 ? tf.add(tf.zerosLike(this.params.mean), parameter) : tf.clone(parameter);
  }

  private noise({ rng, ...options }: SampleOptions): tf.Tensor {
    return rng.normal(this.drawShape, options);
  }

  private place(epsilon: tf.Tensor): tf.Tensor {
    const scale = 'scale' in this.params ? this.params.scale : tf.exp(tf.mul(0.5, this.params.logVar));
    return tf.add(this.params.mean, tf.mul(scale, epsilon));
  }

  private density(squaredError: tf.Tensor): tf.Tensor {
    return tf.mul(-0.5, tf.add(tf.add(squaredError, logVarOf(this.params)), LOG_2PI));
  }
}
