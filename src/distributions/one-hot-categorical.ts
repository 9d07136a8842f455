import * as tf from '@tensorflow/tfjs';
import { checkKeys } from '../ops/check-keys';
import { fillMissing } from '../ops/fill-missing';
import { stopGradient } from '../ops/stop-gradient';
import { withoutGradient } from '../ops/without-gradient';
import {
  drawIndex,
  entropyOverClasses,
  klOverClasses,
  oneHotOf,
  targetLogMass,
  withInfinities,
} from './categorical-terms';
import {
  type Distribution,
  type LogProbOptions,
  noClosedKl,
  type SampleOptions,
  type SampleWithLogProb,
} from './distribution';
import { checkClasses, checkTensors, checkValue, resolveEventRank, sumEvent } from './shapes';

/** What `OneHotCategorical` takes. */
export type OneHotCategoricalOptions = OneHotCategoricalParams & {
  /** Number of event axes, that of the classes included; by default all but the first. */
  eventRank?: number;
};

/** The parameters of a `OneHotCategorical`. */
export type OneHotCategoricalParams = {
  /** Log-odds `[batch, …, classes]`; −∞ for a class that is impossible. */
  readonly logits: tf.Tensor;
};

/**
 * One of several classes, given as a one-hot vector over the last axis, or as soft targets that add up to 1.
 *
 * `log p(x) = Σ x·log softmax(logits)`, in nats. For soft targets this is a cross-entropy and not a log-probability: its
 * best value is minus the entropy of x, not 0. For class indices there is `Categorical`.
 *
 * Shapes: `logits` `[batch, …event]`, the last axis of the event the classes; values `[batch, …event]` or
 * `[samples, batch, …event]`; log-probabilities, entropies and KLs `[batch]` or `[samples, batch]`. A vector of which a
 * mask hides any class is left out. Samples are one-hot vectors by the Gumbel-max trick, and carry no gradient.
 *
 * @example
 * ```ts
 * const words = new OneHotCategorical({ logits: tf.zeros([8, 20, 100]) }); // 20 places, 100 words
 * const surprise = tf.neg(words.logProb(tf.fill([8, 20, 100], 0.01))); // [8], 20·log 100 nats each
 * ```
 */
export class OneHotCategorical implements Distribution {
  readonly kind = 'oneHotCategorical';
  readonly params: Readonly<OneHotCategoricalParams>;
  readonly reparameterised: boolean = false;
  readonly eventShape: readonly number[];
  /** Number of event axes. */
  readonly eventRank: number;

  /**
   * @param options The logits, which stay the caller's.
   * @throws When the event has no axis of classes.
   */
  constructor(options: OneHotCategoricalOptions) {
    const hint = 'logits: tf.log(p)';
    checkKeys('OneHotCategorical', options, ['logits', 'eventRank'], { probs: hint, p: hint }, ['logits']);
    const { logits, eventRank } = options;
    checkTensors('OneHotCategorical', { logits });
    checkClasses('OneHotCategorical', logits);
    this.params = { logits };
    this.eventRank = resolveEventRank('OneHotCategorical', logits.rank, eventRank);
    if (this.eventRank === 0)
      throw new Error('OneHotCategorical: eventRank must be at least 1, for the classes, got 0');
    this.eventShape = logits.shape.slice(-this.eventRank);
  }

  sample(options: SampleOptions): tf.Tensor {
    const { logits } = this.params;
    return withoutGradient([logits], () => oneHotOf(drawIndex(logits, options), logits.shape.at(-1)!));
  }

  sampleWithLogProb(options: SampleOptions): SampleWithLogProb {
    const value = this.sample(options);
    return { value, logProb: this.logProb(value) };
  }

  logProb(x: tf.Tensor, options: LogProbOptions = {}): tf.Tensor {
    const { logits } = this.params;
    checkKeys('OneHotCategorical.logProb', options, ['mask']);
    checkValue('OneHotCategorical.logProb: x', x, logits.shape, this.eventRank);
    const { mask } = options;
    return tf.tidy(() => {
      const each = targetLogMass(logits, mask ? fillMissing(x, mask, this.eventRank) : x);
      const observed = mask ? tf.mul(each, tf.min(mask, -1)) : each;
      return withInfinities(sumEvent(observed, this.eventRank - 1));
    });
  }

  hasKl(p: Distribution): boolean {
    return p.kind === 'oneHotCategorical';
  }

  kl(p: Distribution): tf.Tensor {
    if (!this.hasKl(p)) throw noClosedKl(this, p);
    const { logits } = this.params;
    const other = (p as OneHotCategorical).params.logits;
    checkValue('OneHotCategorical.kl: the logits', logits, other.shape, this.eventRank);
    return tf.tidy(() => sumEvent(klOverClasses(logits, other), this.eventRank - 1));
  }

  /** The probability of each class. */
  mean(): tf.Tensor {
    return tf.softmax(this.params.logits);
  }

  /** The one-hot vector of the likeliest class. */
  mode(): tf.Tensor {
    const { logits } = this.params;
    return tf.tidy(() => oneHotOf(tf.argMax(logits, -1), logits.shape.at(-1)!));
  }

  /** `π·(1 − π)` of each entry. */
  variance(): tf.Tensor {
    return tf.tidy(() => {
      const p = this.mean();
      return tf.mul(p, tf.sub(1, p));
    });
  }

  /** `−Σ π log π`. */
  entropy(): tf.Tensor {
    return tf.tidy(() => sumEvent(entropyOverClasses(this.params.logits), this.eventRank - 1));
  }

  detach(): OneHotCategorical {
    return new OneHotCategorical({ logits: stopGradient(this.params.logits), eventRank: this.eventRank });
  }

  dispose(): void {
    this.params.logits.dispose();
  }
}
