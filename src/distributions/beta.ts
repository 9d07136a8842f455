import * as tf from '@tensorflow/tfjs';
import { betaln } from '../ops/betaln';
import { checkKeys } from '../ops/check-keys';
import { choose } from '../ops/choose';
import { digammaDifference } from '../ops/lgamma-difference';
import { withoutGradient } from '../ops/without-gradient';
import { betaLogProb, NEAREST } from './beta-terms';
import type { SampleOptions } from './distribution';
import { drawLogGamma } from './draw-gamma';
import { Elementwise } from './elementwise';
import { sumEvent } from './shapes';

/** What `Beta` takes. */
export type BetaOptions = BetaParams & {
  /** Number of event axes; by default all but the first. Needed where a sample axis comes before the batch. */
  eventRank?: number;
};

/** The parameters of a `Beta`. */
export type BetaParams = {
  /** α, positive, `[batch, …event]`: draws are near 1 where it is the larger one. */
  readonly alpha: tf.Tensor;
  /** β, positive, the same shape or a scalar. */
  readonly beta: tf.Tensor;
};

const HINTS = {
  concentration1: 'alpha',
  concentration0: 'beta',
  a: 'alpha',
  b: 'beta',
  mean: 'alpha: mean · n and beta: (1 − mean) · n',
};

/**
 * Shares between 0 and 1: rates, proportions, probabilities.
 *
 * `log p(x) = Σ [(α − 1)·log x + (β − 1)·log(1 − x) − log B(α, β)]`, in nats, in the saddle-point form of Loader 2000,
 * whose terms are small: for α and β from 1e-3 to 1e5 and x from 1e-20 to 1 − 2⁻²⁴ it is right to 1e-5, where the
 * textbook form is 2e-2 off. The density at exact 0 and 1 is 0 or ∞, so they are outside of its support: squeeze such
 * data by `(x·(N − 1) + ½)/N` (Smithson & Verkuilen 2006). Samples come from two Gamma draws and carry no gradient.
 *
 * Shapes: `alpha` `[batch, …event]`, `beta` the same or a scalar; values `[batch, …event]` or
 * `[samples, batch, …event]`; log-probabilities `[batch]` or `[samples, batch]`.
 *
 * @example
 * ```ts
 * const likelihood = new Beta({ alpha: tf.fill([8, 3], 2), beta: tf.scalar(5) });
 * const nll = tf.neg(likelihood.logProb(tf.fill([8, 3], 0.2))); // [8], nats
 * ```
 */
export class Beta extends Elementwise<BetaParams> {
  readonly kind = 'beta';
  readonly reparameterised = false;
  protected override readonly placeholder = 0.5;

  /**
   * @param options α and β; the tensors stay the caller's.
   * @throws When `beta` is neither a scalar nor of the shape of `alpha`.
   */
  constructor(options: BetaOptions) {
    checkKeys('Beta', options, ['alpha', 'beta', 'eventRank'], HINTS, ['alpha', 'beta']);
    const { alpha, beta, eventRank } = options;
    super('Beta', { alpha, beta }, eventRank);
  }

  /** `X / (X + Y)` of `X ~ Gamma(α)` and `Y ~ Gamma(β)`, of whose logarithms nothing underflows. */
  sample(options: SampleOptions): tf.Tensor {
    const { alpha, beta } = this.params;
    return withoutGradient([alpha, beta], () => {
      const one = drawLogGamma(alpha, this.drawShape, options);
      const other = drawLogGamma(beta, this.drawShape, options);
      return tf.clipByValue(tf.sigmoid(tf.sub(one, other)), NEAREST, 1 - 2 ** -24);
    });
  }

  protected elementLogProb(x: tf.Tensor): tf.Tensor {
    return betaLogProb(x, this.params);
  }

  /** `α / (α + β)`. */
  mean(): tf.Tensor {
    return tf.tidy(() => tf.div(this.params.alpha, this.total()));
  }

  /** `(α − 1) / (α + β − 2)` where both are above 1, else NaN: then no inner value is likeliest. */
  mode(): tf.Tensor {
    return tf.tidy(() => {
      const { alpha, beta } = this.params;
      const inner = tf.div(tf.sub(alpha, 1), tf.sub(this.total(), 2));
      return choose(tf.greater(tf.minimum(alpha, beta), 1), inner, tf.fill(this.drawShape, Number.NaN));
    });
  }

  /** `αβ / (n²·(n + 1))`, n = α + β, of each element. */
  variance(): tf.Tensor {
    return tf.tidy(() => {
      const n = this.total();
      const [one, other] = [tf.div(this.params.alpha, n), tf.div(this.params.beta, n)];
      return tf.div(tf.mul(one, other), tf.add(n, 1));
    });
  }

  /** `Σ [log B(α, β) + (α − 1)·(ψ(n) − ψ(α)) + (β − 1)·(ψ(n) − ψ(β))]`, n = α + β. */
  entropy(): tf.Tensor {
    return tf.tidy(() => {
      const { alpha, beta } = this.params;
      const one = tf.mul(tf.sub(alpha, 1), digammaDifference(alpha, beta));
      const other = tf.mul(tf.sub(beta, 1), digammaDifference(beta, alpha));
      return sumEvent(tf.add(betaln(alpha, beta), tf.add(one, other)), this.eventRank);
    });
  }

  protected withParams(params: BetaParams): Beta {
    return new Beta({ ...params, eventRank: this.eventRank });
  }

  private total(): tf.Tensor {
    return tf.add(this.params.alpha, this.params.beta);
  }
}
