import * as tf from '@tensorflow/tfjs';
import { checkKeys } from '../ops/check-keys';
import { choose } from '../ops/choose';
import { expm1 } from '../ops/expm1';
import { log1p } from '../ops/log1p';
import { withoutGradient } from '../ops/without-gradient';
import { continuousBernoulliLogProb, entropyElements, meanOf, varianceOf } from './continuous-bernoulli-terms';
import type { SampleOptions } from './distribution';
import { Elementwise } from './elementwise';
import { sumEvent } from './shapes';

/** What `ContinuousBernoulli` takes. */
export type ContinuousBernoulliOptions = ContinuousBernoulliParams & {
  /** Number of event axes; by default all but the first. Needed where a sample axis comes before the batch. */
  eventRank?: number;
};

/** The parameters of a `ContinuousBernoulli`. */
export type ContinuousBernoulliParams = {
  /** l, the slope of the log-density, `[batch, …event]`; 0 is the uniform distribution. */
  readonly logits: tf.Tensor;
};

/** Below this, the quantile is u to less than the grain of the uniform numbers. */
const FLAT = 1e-7;

/**
 * Grey levels in [0, 1] with a true density, in place of the cross-entropy of a `Bernoulli`.
 *
 * `p(x) ∝ e^(l·x)` on [0, 1]: `log p(x) = Σ [l·(x − ½) − log(sinh(l/2) / (l/2))]`, in nats (Loaiza-Ganem & Cunningham
 * 2019, arXiv 1907.06845, equation 6, where λ is the sigmoid of l). Its mean is `½ + ½·(coth(l/2) − 2/l)`, and not
 * `sigmoid(l)`. No cut near l = 0 is needed, where PyTorch's class is 2e-5 off. Samples come from the quantile function
 * and carry no gradient.
 *
 * Shapes: `logits` `[batch, …event]`; values `[batch, …event]` or `[samples, batch, …event]`; log-probabilities
 * `[batch]` or `[samples, batch]`.
 *
 * @example
 * ```ts
 * const likelihood = new ContinuousBernoulli({ logits: tf.zeros([8, 784]) });
 * const nll = tf.neg(likelihood.logProb(tf.fill([8, 784], 0.3))); // [8], 0 nats: it is uniform
 * ```
 */
export class ContinuousBernoulli extends Elementwise<ContinuousBernoulliParams> {
  readonly kind = 'continuousBernoulli';
  readonly reparameterised = false;

  /** @param options The logits, which stay the caller's. */
  constructor(options: ContinuousBernoulliOptions) {
    const hint = 'logits: tf.log(tf.div(p, tf.sub(1, p)))';
    checkKeys('ContinuousBernoulli', options, ['logits', 'eventRank'], { probs: hint, lambda: hint }, ['logits']);
    super('ContinuousBernoulli', { logits: options.logits }, options.eventRank);
  }

  /** `−log1p(u·(e^(−|l|) − 1)) / |l|`, from the likelier end. */
  sample({ rng, ...options }: SampleOptions): tf.Tensor {
    const { logits } = this.params;
    return withoutGradient([logits], () => {
      const u = rng.uniform(this.drawShape, options);
      const size = tf.maximum(tf.abs(logits), FLAT);
      const distance = tf.neg(tf.div(log1p(tf.mul(u, expm1(tf.neg(size)))), size));
      const isRising = tf.add(tf.zerosLike(u), tf.step(logits));
      return tf.clipByValue(choose(tf.cast(isRising, 'bool'), tf.sub(1, distance), distance), 0, 1);
    });
  }

  protected elementLogProb(x: tf.Tensor): tf.Tensor {
    return continuousBernoulliLogProb(x, this.params.logits);
  }

  mean(): tf.Tensor {
    return tf.tidy(() => meanOf(this.params.logits));
  }

  /** The likelier end: 1 where the logit is positive, else 0. */
  mode(): tf.Tensor {
    return tf.step(this.params.logits);
  }

  /** `¼·(4/l² − 1/sinh²(l/2))` of each element. */
  variance(): tf.Tensor {
    return tf.tidy(() => varianceOf(this.params.logits));
  }

  /** `Σ [log(sinh(l/2) / (l/2)) − l·(mean − ½)]`, never above 0. */
  entropy(): tf.Tensor {
    return tf.tidy(() => sumEvent(entropyElements(this.params.logits), this.eventRank));
  }

  protected withParams({ logits }: ContinuousBernoulliParams): ContinuousBernoulli {
    return new ContinuousBernoulli({ logits, eventRank: this.eventRank });
  }
}
