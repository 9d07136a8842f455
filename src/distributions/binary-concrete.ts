import * as tf from '@tensorflow/tfjs';
import { checkKeys } from '../ops/check-keys';
import { softplus } from '../ops/softplus';
import type { SampleOptions } from './distribution';
import { Elementwise } from './elementwise';
import { checkTemperature, drawSigmoid, insideUnit } from './relaxation';

/** What `BinaryConcrete` takes. */
export type BinaryConcreteOptions = BinaryConcreteParams & {
  /** τ: towards 0 the values become 0 or 1. */
  temperature: number;
  /** Number of event axes; by default all but the first. */
  eventRank?: number;
};

/** The parameters of a `BinaryConcrete`. */
export type BinaryConcreteParams = {
  /** Log-odds `[batch, …event]`, finite. */
  readonly logits: tf.Tensor;
};

const hint = 'logits: tf.log(tf.div(p, tf.sub(1, p)))';

/**
 * Relaxed binary elements, numbers of the open unit interval: `x = σ((logits + Logistic) / τ)`.
 *
 * With `d = logits − τ·log(x / (1 − x))`, `log p = log τ + d − 2 softplus(d)`, in nats, summed over the event. Maddison,
 * Mnih & Teh 2017 (arXiv 1611.00712, appendix B, equation 26), the density of the logit of x, as in `Concrete`; that of x
 * itself differs by `log x + log(1 − x)`, which cancels in a KL to another `BinaryConcrete`. Whoever minimises the KL of
 * the discrete variables instead takes `GumbelSigmoid`.
 *
 * Shapes: `logits` `[batch, …event]`; values `[batch, …event]` or `[samples, batch, …event]`; log-probabilities `[batch]`
 * or `[samples, batch]`. Values lie between 1e-35 and 1 − 2⁻²⁴; others are taken for the nearest. The mean has no closed
 * form: `mean` gives that of the limit τ → 0, the probabilities.
 *
 * @example
 * ```ts
 * const posterior = new BinaryConcrete({ logits: tf.zeros([8, 20]), temperature: 0.5 });
 * const z = posterior.sample({ rng: new Rng(7) }); // [8, 20]
 * ```
 */
export class BinaryConcrete extends Elementwise<BinaryConcreteParams> {
  readonly kind = 'binaryConcrete';
  readonly reparameterised = true;
  protected override readonly placeholder = 0.5;
  /** τ. */
  readonly temperature: number;

  /**
   * @param options Logits, which stay the caller's, and temperature.
   * @throws When the temperature is not positive.
   */
  constructor(options: BinaryConcreteOptions) {
    const keys = ['logits', 'temperature', 'eventRank'] as const;
    checkKeys('BinaryConcrete', options, keys, { probs: hint, p: hint }, ['logits', 'temperature']);
    const { logits, temperature, eventRank } = options;
    super('BinaryConcrete', { logits }, eventRank);
    checkTemperature('BinaryConcrete', temperature);
    this.temperature = temperature;
  }

  sample(options: SampleOptions): tf.Tensor {
    return tf.tidy(() => drawSigmoid(this.params.logits, this.temperature, options));
  }

  protected elementLogProb(x: tf.Tensor): tf.Tensor {
    const inside = insideUnit(x);
    // 1 − x is exact near 1, where log1p(−x) would be as coarse as x.
    const logit = tf.sub(tf.log(inside), tf.log(tf.sub(1, inside)));
    const d = tf.sub(this.params.logits, tf.mul(this.temperature, logit));
    return tf.add(tf.sub(d, tf.mul(2, softplus(d))), Math.log(this.temperature));
  }

  /** The probabilities `σ(logits)`: the mean at temperature 0. That of the relaxed values has no closed form. */
  mean(): tf.Tensor {
    return tf.sigmoid(this.params.logits);
  }

  protected withParams({ logits }: BinaryConcreteParams): BinaryConcrete {
    return new BinaryConcrete({ logits, temperature: this.temperature, eventRank: this.eventRank });
  }
}
