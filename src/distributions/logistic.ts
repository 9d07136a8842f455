import * as tf from '@tensorflow/tfjs';
import { checkKeys } from '../ops/check-keys';
import { softplus } from '../ops/softplus';
import { sumToShape } from '../ops/sum-to-shape';
import { withGradient } from '../ops/with-gradient';
import type { SampleOptions, SampleWithLogProb } from './distribution';
import { Elementwise } from './elementwise';
import { sumEvent } from './shapes';

/** What `Logistic` takes. */
export type LogisticOptions = LogisticParams & {
  /** Number of event axes; by default all but the first. Needed where a sample axis comes before the batch. */
  eventRank?: number;
};

/** The parameters of a `Logistic`. */
export type LogisticParams = {
  /** μ, `[batch, …event]`: mean, median and mode. */
  readonly loc: tf.Tensor;
  /** s, positive, the same shape or a scalar; the standard deviation is π·s/√3. */
  readonly scale: tf.Tensor;
};

const HINTS = { mean: 'loc', mu: 'loc', std: 'scale: σ·√3 / π', sigma: 'scale: σ·√3 / π', logScale: 'scale' };

/**
 * Real elements with the logistic density, `σ((x − μ)/s)` its distribution function: a Gaussian in the middle, with the
 * tails of a Laplace.
 *
 * `log p(x) = −Σ [y + 2 log(1 + e^−y) + log s]`, `y = |x − μ|/s`, in nats (Johnson, Kotz & Balakrishnan 1995, chapter
 * 23). Samples are reparameterised: `μ + s·ε`. There is no closed KL.
 *
 * Shapes: `loc` `[batch, …event]`, `scale` the same or a scalar; values `[batch, …event]` or `[samples, batch, …event]`;
 * log-probabilities `[batch]` or `[samples, batch]`.
 *
 * @example
 * ```ts
 * const likelihood = new Logistic({ loc: tf.zeros([8, 3]), scale: tf.scalar(1) });
 * const nll = tf.neg(likelihood.logProb(tf.zeros([8, 3]))); // [8], 3·2·log 2 nats each
 * ```
 */
export class Logistic extends Elementwise<LogisticParams> {
  readonly kind = 'logistic';
  readonly reparameterised = true;

  /**
   * @param options Location and scale; the tensors stay the caller's.
   * @throws When `scale` is neither a scalar nor of the shape of `loc`.
   */
  constructor(options: LogisticOptions) {
    checkKeys('Logistic', options, ['loc', 'scale', 'eventRank'], HINTS, ['loc', 'scale']);
    const { loc, scale, eventRank } = options;
    super('Logistic', { loc, scale }, eventRank);
  }

  sample(options: SampleOptions): tf.Tensor {
    return tf.tidy(() => this.place(this.noise(options)));
  }

  /** The log-density comes from the noise itself: no division by a small s. */
  override sampleWithLogProb(options: SampleOptions): SampleWithLogProb {
    return tf.tidy(() => {
      const epsilon = this.noise(options);
      const elements = tf.sub(standardLogDensity(epsilon), tf.log(this.params.scale));
      return { value: this.place(epsilon), logProb: sumEvent(elements, this.eventRank) };
    });
  }

  protected elementLogProb(x: tf.Tensor): tf.Tensor {
    return logDensity(x, this.params.loc, this.params.scale);
  }

  mean(): tf.Tensor {
    return tf.clone(this.params.loc);
  }

  /** The likeliest value, μ. */
  mode(): tf.Tensor {
    return this.mean();
  }

  /** `π²s²/3` of each element. */
  variance(): tf.Tensor {
    return tf.tidy(() => tf.add(tf.zeros(this.drawShape), tf.mul(Math.PI ** 2 / 3, tf.square(this.params.scale))));
  }

  /** `Σ [log s + 2]`. */
  entropy(): tf.Tensor {
    return tf.tidy(() =>
      sumEvent(tf.add(tf.zeros(this.drawShape), tf.add(tf.log(this.params.scale), 2)), this.eventRank),
    );
  }

  protected withParams(params: LogisticParams): Logistic {
    return new Logistic({ ...params, eventRank: this.eventRank });
  }

  private noise({ rng, ...options }: SampleOptions): tf.Tensor {
    return rng.logistic(this.drawShape, options);
  }

  private place(epsilon: tf.Tensor): tf.Tensor {
    return tf.add(this.params.loc, tf.mul(this.params.scale, epsilon));
  }
}

/** `−|u| − 2 log(1 + e^−|u|)`: the sum of both tails, in which nothing overflows. */
function standardLogDensity(u: tf.Tensor): tf.Tensor {
  const away = tf.neg(tf.abs(u));
  return tf.sub(away, tf.mul(2, softplus(away)));
}

/**
 * The log-density of each element, with the gradients `t/s` by μ, its opposite by x, and `(u·t − 1)/s` by s, where
 * `u = (x − μ)/s` and `t = tanh(u/2)`.
 */
function logDensity(x: tf.Tensor, loc: tf.Tensor, scale: tf.Tensor): tf.Tensor {
  return withGradient(
    [x, loc, scale],
    save => {
      save([x, loc, scale]);
      return tf.tidy(() => tf.sub(standardLogDensity(tf.div(tf.sub(x, loc), scale)), tf.log(scale)));
    },
    (dy, [v, mu, s]) => {
      const u = tf.div(tf.sub(v!, mu!), s!);
      const slope = tf.tanh(tf.mul(0.5, u));
      const share = tf.div(dy, s!);
      const byLoc = tf.mul(share, slope);
      return [
        sumToShape(tf.neg(byLoc), v!.shape),
        sumToShape(byLoc, mu!.shape),
        sumToShape(tf.mul(share, tf.sub(tf.mul(u, slope), 1)), s!.shape),
      ];
    },
  );
}
