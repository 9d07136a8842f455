import * as tf from '@tensorflow/tfjs';
import { checkKeys } from '../ops/check-keys';
import { stopGradient } from '../ops/stop-gradient';
import { bernoulliKlElements, entropyElements, logMass } from './bernoulli-terms';
import {
  type Distribution,
  type LogProbOptions,
  noClosedKl,
  type SampleOptions,
  type SampleWithLogProb,
} from './distribution';
import { checkTensors, checkValue, maskedLogProb, resolveEventRank, sumEvent } from './shapes';

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
export class Bernoulli implements Distribution {
  readonly kind = 'bernoulli';
  /** The log-odds as they were given. */
  readonly params: BernoulliParams;
  readonly reparameterised = false;
  /** Number of event axes. */
  readonly eventRank: number;

  /** @param options The logits, which stay the caller's. */
  constructor(options: BernoulliOptions) {
    const hint = 'logits: tf.log(tf.div(p, tf.sub(1, p)))';
    checkKeys('Bernoulli', options, ['logits', 'eventRank'], { probs: hint, p: hint }, ['logits']);
    const { logits, eventRank } = options;
    checkTensors('Bernoulli', { logits });
    this.params = { logits };
    this.eventRank = resolveEventRank('Bernoulli', logits.rank, eventRank);
  }

  sample({ rng, ...options }: SampleOptions): tf.Tensor {
    return tf.tidy(() => {
      const u = rng.uniform(this.params.logits.shape, options);
      return tf.step(tf.sub(tf.sigmoid(this.params.logits), u)); // not tf.less, which has no gradient and throws
    });
  }

  sampleWithLogProb(options: SampleOptions): SampleWithLogProb {
    const value = this.sample(options);
    return { value, logProb: this.logProb(value) };
  }

  logProb(x: tf.Tensor, options: LogProbOptions = {}): tf.Tensor {
    checkKeys('Bernoulli.logProb', options, ['mask']);
    if (options.mask) return maskedLogProb(x, options, this.eventRank, value => this.logProbElements(value));
    return this.#logMass(x, this.eventRank);
  }

  logProbElements(x: tf.Tensor): tf.Tensor {
    return this.#logMass(x, 0);
  }

  hasKl(p: Distribution): boolean {
    return p.kind === 'bernoulli';
  }

  kl(p: Distribution): tf.Tensor {
    return tf.tidy(() => sumEvent(this.klElements(p), this.eventRank));
  }

  /** `σ(l_q)·(l_q − l_p) − softplus(l_q) + softplus(l_p)`, with all digits for neighbours too. */
  klElements(p: Distribution): tf.Tensor {
    if (p.kind !== 'bernoulli') throw noClosedKl(this, p);
    const q = this.params.logits;
    const other = (p as Bernoulli).params.logits;
    checkValue('Bernoulli.kl: the logits', q, other.shape, this.eventRank);
    return tf.tidy(() => bernoulliKlElements(q, other));
  }

  mean(): tf.Tensor {
    return tf.sigmoid(this.params.logits);
  }

  mode(): tf.Tensor {
    return tf.step(this.params.logits);
  }

  variance(): tf.Tensor {
    return tf.tidy(() => tf.mul(tf.sigmoid(this.params.logits), tf.sigmoid(tf.neg(this.params.logits))));
  }

  /** `Σ [softplus(l) − l·σ(l)]`. */
  entropy(): tf.Tensor {
    return tf.tidy(() => sumEvent(entropyElements(this.params.logits), this.eventRank));
  }

  detach(): Bernoulli {
    return new Bernoulli({ logits: stopGradient(this.params.logits), eventRank: this.eventRank });
  }

  dispose(): void {
    this.params.logits.dispose();
  }

  #logMass(x: tf.Tensor, summed: number): tf.Tensor {
    const { logits } = this.params;
    checkValue('Bernoulli.logProb: x', x, logits.shape, this.eventRank);
    return logMass(logits, x, summed);
  }
}
