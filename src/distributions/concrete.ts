import * as tf from '@tensorflow/tfjs';
import { checkKeys } from '../ops/check-keys';
import { logProbabilities } from './categorical-terms';
import { Dependent } from './dependent';
import type { SampleOptions } from './distribution';
import { checkTemperature, drawSoftmax, leastEntry } from './relaxation';
import { checkClasses, sumEvent } from './shapes';

/** What `Concrete` takes. */
export type ConcreteOptions = ConcreteParams & {
  /** τ: towards 0 the values become one-hot vectors, above `1 / (classes − 1)` their density has one mode. */
  temperature: number;
  /** Number of event axes, that of the classes included; by default all but the first. */
  eventRank?: number;
};

/** The parameters of a `Concrete`. */
export type ConcreteParams = {
  /** Log-odds `[batch, …, classes]`, finite. */
  readonly logits: tf.Tensor;
};

const hint = 'logits: tf.log(p)';

/**
 * A relaxed categorical variable: points of the simplex over the last axis, `x = softmax((logits + Gumbel) / τ)`.
 *
 * With `y = log x`, `log p(y) = log Γ(K) + (K − 1) log τ + Σ log softmax(logits − τ·y)`, in nats, summed over the
 * variables. Maddison, Mnih & Teh 2017 (arXiv 1611.00712, equation 24), the density of the logarithm of the point, as
 * that of the point itself loses its digits; the two differ by `Σ y`, which cancels in a KL to another `Concrete`.
 * Whoever minimises the KL of the discrete variables instead takes `GumbelSoftmax`.
 *
 * Shapes: `logits` `[batch, …event]`, such as `[batch, variables, classes]`; values `[batch, …event]` or
 * `[samples, batch, …event]`; log-probabilities `[batch]` or `[samples, batch]`. An entry below 1e-35 is taken for 1e-35.
 * The mean has no closed form: `mean` gives that of the limit τ → 0, the probabilities.
 *
 * @example
 * ```ts
 * const posterior = new Concrete({ logits: tf.zeros([8, 4, 10]), temperature: 0.5 });
 * const { value, logProb } = posterior.sampleWithLogProb({ rng: new Rng(7) }); // [8, 4, 10] and [8]
 * ```
 */
export class Concrete extends Dependent<ConcreteParams> {
  /** Its kind, by which closed KLs are known. */
  readonly kind = 'concrete';
  /** Whether gradients flow through samples into the parameters. */
  readonly reparameterised = true;
  /** τ. */
  readonly temperature: number;

  /**
   * @param options Logits, which stay the caller's, and temperature.
   * @throws When the temperature is not positive, or the event has no axis of classes.
   */
  constructor(options: ConcreteOptions) {
    const keys = ['logits', 'temperature', 'eventRank'] as const;
    checkKeys('Concrete', options, keys, { probs: hint, p: hint }, ['logits', 'temperature']);
    const { logits, temperature, eventRank } = options;
    checkClasses('Concrete', logits);
    super('Concrete', { logits }, eventRank);
    if (this.eventRank === 0) throw new Error('Concrete: eventRank must be at least 1, for the classes, got 0');
    checkTemperature('Concrete', temperature);
    this.temperature = temperature;
  }

  /** Draws values, `[batch, …event]` or `[samples, batch, …event]`. */
  sample(options: SampleOptions): tf.Tensor {
    return tf.tidy(() => drawSoftmax(this.params.logits, this.temperature, options));
  }

  protected eventLogProb(x: tf.Tensor): tf.Tensor {
    const { temperature, eventShape } = this;
    const classes = eventShape.at(-1)!;
    const y = tf.log(tf.maximum(x, leastEntry()));
    const shares = tf.sum(logProbabilities(tf.sub(this.params.logits, tf.mul(temperature, y))), -1);
    // log Γ(K) in float64.
    const logGamma = Array.from({ length: classes }, (_, k) => Math.log(Math.max(k, 1))).reduce((a, b) => a + b);
    return sumEvent(tf.add(shares, logGamma + (classes - 1) * Math.log(temperature)), this.eventRank - 1);
  }

  /** The probabilities `softmax(logits)`: the mean at temperature 0. That of the relaxed values has no closed form. */
  mean(): tf.Tensor {
    return tf.softmax(this.params.logits);
  }

  protected withParams({ logits }: ConcreteParams): Concrete {
    return new Concrete({ logits, temperature: this.temperature, eventRank: this.eventRank });
  }
}
