import * as tf from '@tensorflow/tfjs';
import { checkKeys } from '../ops/check-keys';
import { expm1 } from '../ops/expm1';
import { expm1MinusX } from '../ops/expm1-minus-x';
import type { Distribution, SampleOptions, SampleWithLogProb } from './distribution';
import { Elementwise } from './elementwise';
import { logVarDifference } from './gaussian-kl';
import { checkValue, sumEvent } from './shapes';

/** What `LogNormal` takes. */
export type LogNormalOptions = LogNormalParams & {
  /** Number of event axes; by default all but the first. Needed where a sample axis comes before the batch. */
  eventRank?: number;
};

/** The parameters of a `LogNormal`: those of the Normal that log x follows. */
export type LogNormalParams = {
  /** m, the mean of log x, `[batch, …event]`; the median of x is e^m. */
  readonly mean: tf.Tensor;
  /** σ, the standard deviation of log x, positive, the same shape or a scalar. */
  readonly scale: tf.Tensor;
};

const HALF_LOG_2PI = 0.5 * Math.log(2 * Math.PI);
const HINTS = { loc: 'mean: the mean of log x', mu: 'mean', sigma: 'scale', std: 'scale', logVar: 'scale' };

/**
 * Positive elements whose logarithm is Normal: sizes, prices, durations.
 *
 * `log p(x) = −Σ [½·((log x − m)/σ)² + log σ + ½·log 2π + log x]`, in nats. 0 is outside of its support. The KL to
 * another LogNormal is that of the two Normals. Samples are reparameterised: `e^(m + σ·ε)`, kept where float32 has
 * normal numbers.
 *
 * Shapes: `mean` `[batch, …event]`, `scale` the same or a scalar; values `[batch, …event]` or
 * `[samples, batch, …event]`; log-probabilities and KLs `[batch]` or `[samples, batch]`.
 *
 * @example
 * ```ts
 * const likelihood = new LogNormal({ mean: tf.zeros([8, 3]), scale: tf.scalar(0.5) });
 * const nll = tf.neg(likelihood.logProb(tf.ones([8, 3]))); // [8], 3·(½·log 2π − log 2) nats each
 * ```
 */
export class LogNormal extends Elementwise<LogNormalParams> {
  readonly kind = 'logNormal';
  readonly reparameterised = true;
  protected override readonly closedKl = ['logNormal'];
  protected override readonly placeholder = 1;

  /**
   * @param options Mean and scale of log x; the tensors stay the caller's.
   * @throws When `scale` is neither a scalar nor of the shape of `mean`.
   */
  constructor(options: LogNormalOptions) {
    checkKeys('LogNormal', options, ['mean', 'scale', 'eventRank'], HINTS, ['mean', 'scale']);
    const { mean, scale, eventRank } = options;
    super('LogNormal', { mean, scale }, eventRank);
  }

  sample(options: SampleOptions): tf.Tensor {
    return tf.tidy(() => tf.exp(this.logDraw(this.noise(options))));
  }

  /** The log-density comes from the noise itself: no logarithm of a rounded draw, and no division by a small σ. */
  override sampleWithLogProb(options: SampleOptions): SampleWithLogProb {
    return tf.tidy(() => {
      const epsilon = this.noise(options);
      const logX = this.logDraw(epsilon);
      return { value: tf.exp(logX), logProb: sumEvent(this.density(epsilon, logX), this.eventRank) };
    });
  }

  protected elementLogProb(x: tf.Tensor): tf.Tensor {
    const logX = tf.log(x);
    return this.density(tf.div(tf.sub(logX, this.params.mean), this.params.scale), logX);
  }

  protected override elementKl(p: Distribution): tf.Tensor {
    const { params: other, eventRank } = p as LogNormal;
    const { mean, scale } = this.params;
    checkValue('LogNormal.kl: the mean', mean, other.mean.shape, eventRank);
    const distance = tf.square(tf.div(tf.sub(mean, other.mean), other.scale));
    return tf.mul(0.5, tf.add(expm1MinusX(logVarDifference({ scale }, { scale: other.scale })), distance));
  }

  /** `e^(m + σ²/2)`. */
  mean(): tf.Tensor {
    return tf.tidy(() => tf.exp(tf.add(this.params.mean, tf.mul(0.5, tf.square(this.params.scale)))));
  }

  /** The likeliest value, `e^(m − σ²)`. */
  mode(): tf.Tensor {
    return tf.tidy(() => tf.exp(tf.sub(this.params.mean, tf.square(this.params.scale))));
  }

  /** `(e^σ² − 1)·e^(2m + σ²)` of each element. */
  variance(): tf.Tensor {
    return tf.tidy(() => {
      const square = tf.square(this.params.scale);
      return tf.mul(expm1(square), tf.exp(tf.add(tf.mul(2, this.params.mean), square)));
    });
  }

  /** `Σ [m + log σ + ½·log 2π + ½]`. */
  entropy(): tf.Tensor {
    return tf.tidy(() => {
      const each = tf.add(tf.add(this.params.mean, tf.log(this.params.scale)), HALF_LOG_2PI + 0.5);
      return sumEvent(each, this.eventRank);
    });
  }

  protected withParams(params: LogNormalParams): LogNormal {
    return new LogNormal({ ...params, eventRank: this.eventRank });
  }

  private noise({ rng, ...options }: SampleOptions): tf.Tensor {
    return rng.normal(this.drawShape, options);
  }

  private logDraw(epsilon: tf.Tensor): tf.Tensor {
    return tf.clipByValue(tf.add(this.params.mean, tf.mul(this.params.scale, epsilon)), -87, 88);
  }

  private density(epsilon: tf.Tensor, logX: tf.Tensor): tf.Tensor {
    const width = tf.add(tf.log(this.params.scale), HALF_LOG_2PI);
    return tf.neg(tf.add(tf.add(tf.mul(0.5, tf.square(epsilon)), width), logX));
  }
}
