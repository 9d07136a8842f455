import * as tf from '@tensorflow/tfjs';
import { checkKeys } from '../ops/check-keys';
import { bernoulliKlElements, entropyElements, logMass } from './bernoulli-terms';
import type { Distribution, LogProbOptions, SampleOptions } from './distribution';
import { Elementwise } from './elementwise';
import { checkValue, sumEvent } from './shapes';

/** What `Bernoulli` takes. */
export type BernoulliOptions = {
  /** Log-odds `[batch, …event]`. */
  logits: tf.Tensor;
  /** Number of event axes; by default all but the first. Needed where a sample axis comes before the batch. */
  eventRank?: number;
};

/** The parameters of a `Bernoulli`. */
export type BernoulliParams = {
  /** Log-odds `[batch, …event]`. */
  readonly logits: tf.Tensor;
};

/**
 * Independent binary elements with probability `sigmoid(logits)`.
 *
 * `log p(x) = Σ [x·l − softplus(l)]`, in nats, from the logits and never from clamped probabilities: log p keeps its
 * digits where x is all but sure, and is 0 or −∞ where logits are infinite. For grey-level `x` in [0, 1] this is a
 * cross-entropy and not a log-probability: its best value is minus the entropy of x, not 0.
 *
 * Shapes: `logits` `[batch, …event]`; values `[batch, …event]` or `[samples, batch, …event]`; log-probabilities
 * `[batch]` or `[samples, batch]`. Samples are 0 or 1 and carry no gradient; their probabilities are rounded
 * up to multiples of 2⁻²⁴, the grain of the uniform numbers that they are compared with.
 *
 * @example
 * ```ts
 * const likelihood = new Bernoulli({ logits: tf.zeros([8, 784]) });
 * const nll = tf.neg(likelihood.logProb(tf.ones([8, 784]))); // [8], 784·log 2 nats each
 * ```
 */
export class Bernoulli extends Elementwise<BernoulliParams> {
  readonly kind = 'bernoulli';
  readonly reparameterised: boolean = false;
  protected override readonly closedKl = ['bernoulli'];

  /** @param options The logits, which stay the caller's. */
  constructor(options: BernoulliOptions) {
    const hint = 'logits: tf.log(tf.div(p, tf.sub(1, p)))';
    checkKeys('Bernoulli', options, ['logits', 'eventRank'], { probs: hint, p: hint }, ['logits']);
    super('Bernoulli', { logits: options.logits }, options.eventRank);
  }

  sample({ rng, ...options }: SampleOptions): tf.Tensor {
    return tf.tidy(() => {
      const u = rng.uniform(this.drawShape, options);
      return tf.step(tf.sub(tf.sigmoid(this.params.logits), u)); // not tf.less, which has no gradient and throws
    });
  }

  /** Without a mask, the sum over the event is part of the same node of the tape. */
  override logProb(x: tf.Tensor, options: LogProbOptions = {}): tf.Tensor {
    checkKeys('Bernoulli.logProb', options, ['mask']);
    if (options.mask) return super.logProb(x, options);
    checkValue('Bernoulli.logProb: x', x, this.drawShape, this.eventRank);
    return logMass(this.params.logits, x, this.eventRank);
  }

  protected elementLogProb(x: tf.Tensor): tf.Tensor {
    return logMass(this.params.logits, x, 0);
  }

  /** `σ(l_q)·(l_q − l_p) − softplus(l_q) + softplus(l_p)`, with all digits for neighbours too. */
  protected override elementKl(p: Distribution): tf.Tensor {
    const q = this.params.logits;
    const other = (p as Bernoulli).params.logits;
    checkValue('Bernoulli.kl: the logits', q, other.shape, this.eventRank);
    return bernoulliKlElements(q, other);
  }

  mean(): tf.Tensor {
    return tf.sigmoid(this.params.logits);
  }

  /** The likelier value: 1 where the logit is positive. */
  mode(): tf.Tensor {
    return tf.step(this.params.logits);
  }

  /** `σ(l)·σ(−l)` of each element. */
  variance(): tf.Tensor {
    return tf.tidy(() => tf.mul(tf.sigmoid(this.params.logits), tf.sigmoid(tf.neg(this.params.logits))));
  }

  /** `Σ [softplus(l) − l·σ(l)]`. */
  entropy(): tf.Tensor {
    return tf.tidy(() => sumEvent(entropyElements(this.params.logits), this.eventRank));
  }

  protected withParams({ logits }: BernoulliParams): Bernoulli {
    return new Bernoulli({ logits, eventRank: this.eventRank });
  }
}
