import * as tf from '@tensorflow/tfjs';
import { checkKeys } from '../ops/check-keys';
import { Bernoulli, type BernoulliOptions, type BernoulliParams } from './bernoulli';
import type { SampleOptions } from './distribution';
import type { RelaxationOptions } from './gumbel-softmax';
import { checkTemperature, drawSigmoid, straightThrough } from './relaxation';

/** What `GumbelSigmoid` takes. */
export type GumbelSigmoidOptions = BernoulliOptions & RelaxationOptions;

/**
 * Binary elements whose draws carry gradients: `σ((logits + Logistic) / τ)`, the `GumbelSoftmax` of two classes.
 *
 * All but its draws is that of the `Bernoulli` with the same logits, the closed KL between discrete variables included.
 * Jang, Gu & Poole 2017 (arXiv 1611.01144, equation 2, for two classes). What is said of bounds at `GumbelSoftmax` holds
 * here too. The relaxed variable with its own density is `BinaryConcrete`.
 *
 * @example
 * ```ts
 * const posterior = new GumbelSigmoid({ logits: tf.zeros([8, 20]), temperature: 0.5, straightThrough: true });
 * const z = posterior.sample({ rng: new Rng(7) }); // [8, 20]: zeros and ones
 * ```
 */
export class GumbelSigmoid extends Bernoulli {
  override readonly reparameterised = true;
  /** Whether draws lie between 0 and 1. */
  readonly relaxed: boolean;
  /** τ. */
  readonly temperature: number;

  /**
   * @param options Logits, which stay the caller's, and how draws are relaxed.
   * @throws When the temperature is not positive.
   */
  constructor(options: GumbelSigmoidOptions) {
    const keys = ['logits', 'temperature', 'straightThrough', 'eventRank'] as const;
    const hint = 'logits: tf.log(tf.div(p, tf.sub(1, p)))';
    checkKeys('GumbelSigmoid', options, keys, { probs: hint, p: hint }, ['logits', 'temperature']);
    const { temperature, straightThrough: hard = false, ...rest } = options;
    super(rest);
    checkTemperature('GumbelSigmoid', temperature);
    this.temperature = temperature;
    this.relaxed = !hard;
  }

  override sample(options: SampleOptions): tf.Tensor {
    return tf.tidy(() => {
      const soft = drawSigmoid(this.params.logits, this.temperature, options);
      return this.relaxed ? soft : straightThrough(soft, x => tf.step(tf.sub(x, 0.5)));
    });
  }

  protected override withParams({ logits }: BernoulliParams): GumbelSigmoid {
    const { temperature, relaxed, eventRank } = this;
    return new GumbelSigmoid({ logits, temperature, straightThrough: !relaxed, eventRank });
  }
}
