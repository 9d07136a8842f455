import * as tf from '@tensorflow/tfjs';
import { stopGradient } from '../ops/stop-gradient';
import { withGradient } from '../ops/with-gradient';
import {
  type Distribution,
  type LogProbOptions,
  noClosedKl,
  type SampleOptions,
  type SampleWithLogProb,
} from './distribution';
import { checkValue, maskedLogProb, resolveEventRank, sumEvent } from './shapes';

/** What `Bernoulli` takes. */
export type BernoulliOptions = {
  /** Log-odds `[batch, …event]`. */
  logits: tf.Tensor;
  /** Number of event axes; by default all but the first. Needed where a sample axis comes before the batch. */
  eventRank?: number;
};

/** What a `Bernoulli` is made of. */
export type BernoulliParams = {
  /** Log-odds `[batch, …event]`. */
  readonly logits: tf.Tensor;
};

/**
 * Independent binary elements with probability `sigmoid(logits)`.
 *
 * `log p(x) = Σ [x·l − softplus(l)]`, in nats, from the logits and never from clamped probabilities. For grey-level `x`
 * in [0, 1] this is a cross-entropy and no log-probability: its best value is minus the entropy of x, not 0.
 *
 * Shapes: `logits` `[batch, …event]`; values `[batch, …event]` or `[samples, batch, …event]`; log-probabilities
 * `[batch]` or `[samples, batch]`. Samples are 0 or 1 and carry no gradient.
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
  constructor({ logits, eventRank }: BernoulliOptions) {
    this.params = { logits };
    this.eventRank = resolveEventRank('Bernoulli', logits.rank, eventRank);
  }

  sample({ rng, samples }: SampleOptions): tf.Tensor {
    return tf.tidy(() => {
      const u = rng.uniform(this.params.logits.shape, { samples });
      return tf.step(tf.sub(tf.sigmoid(this.params.logits), u)); // not tf.less, which has no gradient and throws
    });
  }

  sampleWithLogProb(options: SampleOptions): SampleWithLogProb {
    const value = this.sample(options);
    return { value, logProb: this.logProb(value) };
  }

  logProb(x: tf.Tensor, { mask }: LogProbOptions = {}): tf.Tensor {
    return maskedLogProb(x, mask, this.eventRank, value => this.logProbElements(value));
  }

  logProbElements(x: tf.Tensor): tf.Tensor {
    const { logits } = this.params;
    checkValue('Bernoulli.logProb: x', x, logits.shape, this.eventRank);
    return logMass(logits, x);
  }

  hasKl(p: Distribution): boolean {
    return p.kind === 'bernoulli';
  }

  kl(p: Distribution): tf.Tensor {
    return tf.tidy(() => sumEvent(this.klElements(p), this.eventRank));
  }

  /** `σ(l_q)·(l_q − l_p) − softplus(l_q) + softplus(l_p)`. */
  klElements(p: Distribution): tf.Tensor {
    if (p.kind !== 'bernoulli') throw noClosedKl(this, p);
    const q = this.params.logits;
    const other = (p as Bernoulli).params.logits;
    checkValue('Bernoulli.kl: the logits', q, other.shape, this.eventRank);
    return tf.tidy(() => {
      const odds = tf.mul(tf.sigmoid(q), tf.sub(q, other));
      return tf.add(tf.sub(odds, tf.softplus(q)), tf.softplus(other));
    });
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
    const { logits } = this.params;
    return tf.tidy(() => sumEvent(tf.sub(tf.softplus(logits), tf.mul(logits, tf.sigmoid(logits))), this.eventRank));
  }

  detach(): Bernoulli {
    return new Bernoulli({ logits: stopGradient(this.params.logits), eventRank: this.eventRank });
  }

  dispose(): void {
    this.params.logits.dispose();
  }
}

/** `x·l − softplus(l)` with the gradient `x − σ(l)` by the logits and `l` by x: one node on the tape. */
function logMass(logits: tf.Tensor, x: tf.Tensor): tf.Tensor {
  // Broadcasting over a sample axis is left to tfjs, which sums the gradient back.
  if (!tf.util.arraysEqual(logits.shape, x.shape)) {
    return tf.tidy(() => tf.sub(tf.mul(x, logits), tf.softplus(logits)));
  }
  return withGradient(
    [logits, x],
    save => {
      save([logits, x]);
      return tf.tidy(() => tf.sub(tf.mul(x, logits), tf.softplus(logits)));
    },
    (dy, [l, value]) => [tf.mul(dy, tf.sub(value!, tf.sigmoid(l!))), tf.mul(dy, l!)],
  );
}
