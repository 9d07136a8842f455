import * as tf from '@tensorflow/tfjs';
import { checkKeys } from '../ops/check-keys';
import { expm1MinusX } from '../ops/expm1-minus-x';
import { sumToShape } from '../ops/sum-to-shape';
import { withGradient } from '../ops/with-gradient';
import { poissonMass } from './count-mass';
import type { Distribution, SampleOptions } from './distribution';
import { drawPoisson } from './draw-poisson';
import { Elementwise } from './elementwise';
import { checkValue } from './shapes';

/** Rates are taken from e^−60 to e^60, so that float32 holds all that is made of them. */
const WIDEST = 60;

/** What `Poisson` takes. */
export type PoissonOptions = {
  /** log m, `[batch, …event]`. */
  logRate: tf.Tensor;
  /** Number of event axes; by default all but the first. Needed where a sample axis comes before the batch. */
  eventRank?: number;
};

/** The parameters of a `Poisson`. */
export type PoissonParams = {
  /** log m, `[batch, …event]`. */
  readonly logRate: tf.Tensor;
};

/**
 * Independent counts, 0, 1, 2, …, with rate `m = e^logRate`, which is both mean and variance.
 *
 * `log p(x) = Σ [x·log m − m − log x!]`, in nats, in the saddle-point form of Loader 2000 ("Fast and accurate computation
 * of binomial probabilities"), in which large terms do not cancel: at a rate of 10⁷ the textbook form is a nat off in
 * float32. The gradient by the log-rate is `x − m`; x gets none. Where counts vary more than their mean, take
 * `NegativeBinomial`.
 *
 * Shapes: `logRate` `[batch, …event]`, from −60 to 60 (beyond, the value is that of the border); values, whole numbers up
 * to 2²⁴, `[batch, …event]` or `[samples, batch, …event]`; log-probabilities `[batch]` or `[samples, batch]`. Samples
 * carry no gradient; below a rate of 10 their probabilities are rounded to multiples of 2⁻²⁴. The KL to another Poisson
 * is closed.
 *
 * @example
 * ```ts
 * const visits = new Poisson({ logRate: tf.zeros([8, 3]) });
 * const logProb = visits.logProb(tf.ones([8, 3])); // [8], −3 nats each
 * ```
 */
export class Poisson extends Elementwise<PoissonParams> {
  readonly kind = 'poisson';
  readonly reparameterised = false;
  protected override readonly closedKl = ['poisson'];

  /** @param options The log-rate, which stays the caller's. */
  constructor(options: PoissonOptions) {
    const hint = 'logRate: tf.log(rate)';
    checkKeys('Poisson', options, ['logRate', 'eventRank'], { rate: hint, mean: hint, lambda: hint, mu: hint }, [
      'logRate',
    ]);
    super('Poisson', { logRate: options.logRate }, options.eventRank);
  }

  sample(options: SampleOptions): tf.Tensor {
    return tf.tidy(() => drawPoisson(this.mean(), this.drawShape, options));
  }

  protected elementLogProb(x: tf.Tensor): tf.Tensor {
    const { logRate } = this.params;
    return withGradient(
      [logRate],
      save => {
        save([logRate, x]);
        return poissonMass(tf.cast(x, 'float32'), rateOf(logRate));
      },
      (dy, [l, count]) => [sumToShape(tf.mul(dy, tf.sub(count!, rateOf(l!))), l!.shape)],
    );
  }

  /** `m_q·(e^δ − 1 − δ)`, δ = log m_p − log m_q: nothing cancels for neighbours. */
  protected override elementKl(p: Distribution): tf.Tensor {
    const q = this.params.logRate;
    const other = (p as Poisson).params.logRate;
    checkValue('Poisson.kl: the logRate', q, other.shape, this.eventRank);
    return withGradient(
      [q, other],
      save => {
        save([q, other]);
        return tf.tidy(() => tf.mul(rateOf(q), expm1MinusX(tf.sub(other, q))));
      },
      (dy, [from, to]) => {
        const rate = tf.mul(dy, rateOf(from!));
        const difference = tf.sub(to!, from!);
        const growth = tf.add(expm1MinusX(difference), difference);
        return [sumToShape(tf.neg(tf.mul(rate, difference)), from!.shape), sumToShape(tf.mul(rate, growth), to!.shape)];
      },
    );
  }

  mean(): tf.Tensor {
    return tf.tidy(() => rateOf(this.params.logRate));
  }

  /** The largest whole number up to m. */
  mode(): tf.Tensor {
    return tf.tidy(() => tf.floor(this.mean()));
  }

  /** m of each element. */
  variance(): tf.Tensor {
    return this.mean();
  }

  protected withParams({ logRate }: PoissonParams): Poisson {
    return new Poisson({ logRate, eventRank: this.eventRank });
  }
}

function rateOf(logRate: tf.Tensor): tf.Tensor {
  return tf.exp(tf.clipByValue(logRate, -WIDEST, WIDEST));
}
