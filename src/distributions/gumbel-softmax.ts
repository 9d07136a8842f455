import * as tf from '@tensorflow/tfjs';
import { checkKeys } from '../ops/check-keys';
import { stopGradient } from '../ops/stop-gradient';
import { oneHotOf } from './categorical-terms';
import type { SampleOptions } from './distribution';
import { OneHotCategorical, type OneHotCategoricalOptions } from './one-hot-categorical';
import { checkTemperature, drawSoftmax, straightThrough } from './relaxation';

/** How draws of a discrete variable are relaxed. */
export type RelaxationOptions = {
  /** τ: towards 0 the draws become discrete, and their gradients noisy. */
  temperature: number;
  /** Draws are discrete, and have the gradient of the relaxed ones, which is biased. Default false. */
  straightThrough?: boolean;
};

/** What `GumbelSoftmax` takes. */
export type GumbelSoftmaxOptions = OneHotCategoricalOptions & RelaxationOptions;

/**
 * A categorical variable whose draws carry gradients: `softmax((logits + Gumbel) / τ)` over the last axis.
 *
 * All but its draws is that of the `OneHotCategorical` with the same logits: probabilities, entropy, and the closed KL
 * `Σ π (log π − log ρ)` between discrete variables. Jang, Gu & Poole 2017 (arXiv 1611.01144, equations 2 and 3). As the
 * draws are relaxed and the KL is not, the two make no bound on log p(x), so objectives report no `elbo` of them; with
 * `straightThrough` the draws are one-hot vectors, and there is one. The relaxed variable with its own density is
 * `Concrete`.
 *
 * @example
 * ```ts
 * const posterior = new GumbelSoftmax({ logits: tf.zeros([8, 4, 10]), temperature: 0.5 });
 * const z = posterior.sample({ rng: new Rng(7) }); // [8, 4, 10]: rows that add up to 1
 * const kl = posterior.kl(new OneHotCategorical({ logits: tf.zeros([1, 4, 10]) })); // [8], nats
 * ```
 */
export class GumbelSoftmax extends OneHotCategorical {
  override readonly reparameterised = true;
  /** Whether draws lie between the one-hot vectors. */
  readonly relaxed: boolean;
  /** τ. */
  readonly temperature: number;

  /**
   * @param options Logits, which stay the caller's, and how draws are relaxed.
   * @throws When the temperature is not positive, or the event has no axis of classes.
   */
  constructor(options: GumbelSoftmaxOptions) {
    const keys = ['logits', 'temperature', 'straightThrough', 'eventRank'] as const;
    const hint = 'logits: tf.log(p)';
    checkKeys('GumbelSoftmax', options, keys, { probs: hint, p: hint }, ['logits', 'temperature']);
    const { temperature, straightThrough: hard = false, ...rest } = options;
    super(rest);
    checkTemperature('GumbelSoftmax', temperature);
    this.temperature = temperature;
    this.relaxed = !hard;
  }

  override sample(options: SampleOptions): tf.Tensor {
    const { logits } = this.params;
    return tf.tidy(() => {
      const soft = drawSoftmax(logits, this.temperature, options);
      return this.relaxed ? soft : straightThrough(soft, x => oneHotOf(tf.argMax(x, -1), logits.shape.at(-1)!));
    });
  }

  override detach(): GumbelSoftmax {
    const { temperature, relaxed, eventRank } = this;
    const logits = stopGradient(this.params.logits);
    return new GumbelSoftmax({ logits, temperature, straightThrough: !relaxed, eventRank });
  }
}
