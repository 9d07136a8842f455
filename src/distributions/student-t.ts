import * as tf from '@tensorflow/tfjs';
import { betaln } from '../ops/betaln';
import { checkKeys } from '../ops/check-keys';
import { choose } from '../ops/choose';
import { expm1 } from '../ops/expm1';
import { digammaDifference } from '../ops/lgamma-difference';
import { withoutGradient } from '../ops/without-gradient';
import type { SampleOptions } from './distribution';
import { drawCosine } from './draw-cosine';
import { Elementwise } from './elementwise';
import { sumEvent } from './shapes';
import { studentTLogProb } from './student-t-terms';

/** What `StudentT` takes. */
export type StudentTOptions = StudentTParams & {
  /** Number of event axes; by default all but the first. Needed where a sample axis comes before the batch. */
  eventRank?: number;
};

/** The parameters of a `StudentT`. */
export type StudentTParams = {
  /** μ, `[batch, …event]`: median and mode. */
  readonly loc: tf.Tensor;
  /** σ, positive, the same shape or a scalar. It is not the standard deviation. */
  readonly scale: tf.Tensor;
  /** ν, the degrees of freedom, positive, the same shape or a scalar. */
  readonly df: tf.Tensor;
};

const HINTS = { mean: 'loc', mu: 'loc', sigma: 'scale', std: 'scale', nu: 'df', dof: 'df', degreesOfFreedom: 'df' };

/**
 * Real elements with heavy tails: an outlier costs the logarithm of its distance.
 *
 * `log p(x) = Σ [lgamma((ν + 1)/2) − lgamma(ν/2) − ½·log πν − log σ − (ν + 1)/2·log(1 + y²/ν)]`, `y = (x − μ)/σ`, in
 * nats, in a form that holds for ν from 0.05 to 1e7: at 1e7 it is a Normal, and the difference of two lgammas is half a
 * nat off. Samples are reparameterised by all three parameters (Bailey 1994, "Polar generation of random variates with the
 * t-distribution"), and are cut off where float32 ends.
 *
 * Shapes: `loc` `[batch, …event]`, `scale` and `df` the same or scalars; values `[batch, …event]` or
 * `[samples, batch, …event]`; log-probabilities `[batch]` or `[samples, batch]`.
 *
 * @example
 * ```ts
 * const likelihood = new StudentT({ df: tf.scalar(4), loc: tf.zeros([8, 3]), scale: tf.scalar(0.5) });
 * const nll = tf.neg(likelihood.logProb(tf.ones([8, 3]))); // [8], nats
 * ```
 */
export class StudentT extends Elementwise<StudentTParams> {
  readonly kind = 'studentT';
  readonly reparameterised = true;

  /**
   * @param options Degrees of freedom, location and scale; the tensors stay the caller's.
   * @throws When `scale` or `df` is neither a scalar nor of the shape of `loc`.
   */
  constructor(options: StudentTOptions) {
    checkKeys('StudentT', options, ['df', 'loc', 'scale', 'eventRank'], HINTS, ['df', 'loc', 'scale']);
    const { df, loc, scale, eventRank } = options;
    super('StudentT', { loc, scale, df }, eventRank);
  }

  /** `√(ν·(U^(−2/ν) − 1))·cos 2πV`, with `E = −log U` taken out of the power as far as float32 reaches. */
  sample({ rng, ...options }: SampleOptions): tf.Tensor {
    return tf.tidy(() => {
      const { loc, scale, df } = this.params;
      const steps = tf.div(rng.exponential(this.drawShape, options), df);
      const turn = drawCosine(this.drawShape, { rng, ...options });
      const growth = tf.exp(tf.minimum(steps, 80));
      const radius = tf.mul(growth, tf.sqrt(tf.mul(tf.neg(df), expm1(tf.mul(-2, steps)))));
      return tf.add(loc, tf.mul(tf.mul(scale, radius), turn));
    });
  }

  protected elementLogProb(x: tf.Tensor): tf.Tensor {
    return studentTLogProb(x, this.params);
  }

  /** μ where ν > 1, else NaN: there it does not exist. */
  mean(): tf.Tensor {
    return tf.tidy(() => {
      const { loc, df } = this.params;
      return tf.add(loc, whereAbove(df, 1, tf.zerosLike(df), Number.NaN));
    });
  }

  /** The likeliest value, μ. */
  mode(): tf.Tensor {
    return tf.clone(this.params.loc);
  }

  /** `σ²·ν/(ν − 2)` of each element where ν > 2; ∞ where 1 < ν ≤ 2; NaN below. */
  variance(): tf.Tensor {
    return tf.tidy(() => {
      const { scale, df } = this.params;
      const finite = tf.div(df, tf.sub(df, 2));
      const factor = choose(tf.greater(df, 2), finite, whereAbove(df, 1, tf.fill(df.shape, Infinity), Number.NaN));
      return tf.add(tf.zeros(this.drawShape), tf.mul(tf.square(scale), factor));
    });
  }

  /** `Σ [(ν + 1)/2·(ψ((ν + 1)/2) − ψ(ν/2)) + ½·log ν + log B(ν/2, ½) + log σ]`. */
  entropy(): tf.Tensor {
    return tf.tidy(() => {
      const { scale, df } = this.params;
      const [half, one] = [tf.mul(0.5, df), tf.scalar(0.5)];
      const shape = tf.add(tf.mul(tf.add(half, 0.5), digammaDifference(half, one)), betaln(half, one));
      const each = tf.add(tf.add(shape, tf.mul(0.5, tf.log(df))), tf.log(scale));
      return sumEvent(tf.add(tf.zeros(this.drawShape), each), this.eventRank);
    });
  }

  protected withParams(params: StudentTParams): StudentT {
    return new StudentT({ ...params, eventRank: this.eventRank });
  }
}

/** A value where ν is above a bound, else another: without a gradient by ν. */
function whereAbove(df: tf.Tensor, bound: number, value: tf.Tensor, otherwise: number): tf.Tensor {
  return withoutGradient([df], () => choose(tf.greater(df, bound), value, tf.fill(df.shape, otherwise)));
}
