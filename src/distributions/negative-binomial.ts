import * as tf from '@tensorflow/tfjs';
import { checkKeys } from '../ops/check-keys';
import type { SampleOptions } from './distribution';
import { drawLogGamma } from './draw-gamma';
import { drawPoisson } from './draw-poisson';
import { Elementwise } from './elementwise';
import { boundedExp, negativeBinomialMass } from './negative-binomial-terms';
import { checkParameter } from './shapes';

/** The parameters of a `NegativeBinomial`. */
export type NegativeBinomialParams = {
  /** log m, `[batch, …event]`. */
  readonly logMean: tf.Tensor;
  /** log r: of the same shape, `[…event]` (one number for each column), or a scalar. */
  readonly logDispersion: tf.Tensor;
};

/** What `NegativeBinomial` takes. */
export type NegativeBinomialOptions = NegativeBinomialParams & {
  /** Number of event axes; by default all but the first. Needed where a sample axis comes before the batch. */
  eventRank?: number;
};

const OF_MEAN = 'logMean: tf.log(mean)';
const OF_SIZE = 'logDispersion: tf.log(r)';

/** @internal */
export const NEGATIVE_BINOMIAL_HINTS = {
  mean: OF_MEAN,
  mu: OF_MEAN,
  dispersion: OF_SIZE,
  theta: OF_SIZE,
  total_count: OF_SIZE,
  totalCount: OF_SIZE,
  logits: 'logMean: tf.add(logits, logDispersion)',
};

/**
 * Independent counts with mean `m = e^logMean` and variance `m + m²/r`, `r = e^logDispersion`: more than that of a
 * Poisson, which is the limit r → ∞.
 *
 * `log p(x) = Σ [log Γ(x + r) − log Γ(r) − log x! + r·log(r/(r + m)) + x·log(m/(r + m))]`, in nats: a Poisson whose rate
 * is a Gamma of shape r and mean m. As in Lopez et al. 2018 (scVI, doi 10.1038/s41592-018-0229-2), who call r the inverse
 * dispersion; torch's `total_count` is r, and its `logits` are `log m − log r`. It is computed in the saddle-point form
 * of Loader 2000, which keeps its digits for means to 1e5, r from 1e-4 to 1e9 and counts to 1e6. x gets no gradient.
 *
 * Shapes: `logMean` `[batch, …event]`, `logDispersion` the same, `[…event]` or a scalar, both from −40 to 40 (beyond, the
 * value is that of the border); values `[batch, …event]` or `[samples, batch, …event]`; log-probabilities `[batch]` or
 * `[samples, batch]`. Samples carry no gradient.
 *
 * @example
 * ```ts
 * const genes = new NegativeBinomial({ logMean: tf.zeros([8, 3]), logDispersion: tf.tensor1d([0, 1, 2]) });
 * const logProb = genes.logProb(tf.ones([8, 3])); // [8], nats
 * ```
 */
export class NegativeBinomial extends Elementwise<NegativeBinomialParams> {
  readonly kind = 'negativeBinomial';
  readonly reparameterised = false;

  /**
   * @param options The parameters, which stay the caller's.
   * @throws When `logDispersion` has another shape.
   */
  constructor(options: NegativeBinomialOptions) {
    const names = ['logMean', 'logDispersion'] as const;
    checkKeys('NegativeBinomial', options, [...names, 'eventRank'], NEGATIVE_BINOMIAL_HINTS, names);
    const { logMean, logDispersion, eventRank } = options;
    super('NegativeBinomial', { logMean, logDispersion }, eventRank, logMean.shape);
    checkColumns('NegativeBinomial', this.params, this.eventShape);
  }

  sample(options: SampleOptions): tf.Tensor {
    return tf.tidy(() => drawCounts(this.params, this.drawShape, options));
  }

  protected elementLogProb(x: tf.Tensor): tf.Tensor {
    return negativeBinomialMass(this.params.logMean, this.params.logDispersion, tf.cast(x, 'float32'));
  }

  mean(): tf.Tensor {
    return tf.tidy(() => boundedExp(this.params.logMean));
  }

  /** The largest whole number up to `m·(r − 1)/r`, and 0 for r below 1. */
  mode(): tf.Tensor {
    return tf.tidy(() => {
      const share = tf.sub(1, boundedExp(tf.neg(this.params.logDispersion)));
      return tf.floor(tf.maximum(tf.mul(this.mean(), share), 0));
    });
  }

  /** `m + m²/r` of each element. */
  variance(): tf.Tensor {
    return tf.tidy(() => {
      const ratio = boundedExp(tf.sub(this.params.logMean, this.params.logDispersion));
      return tf.mul(this.mean(), tf.add(1, ratio));
    });
  }

  protected withParams(params: NegativeBinomialParams): NegativeBinomial {
    return new NegativeBinomial({ ...params, eventRank: this.eventRank });
  }
}

/** @throws When a parameter has neither the shape of the mean, nor that of the event, and is no scalar. */
export function checkColumns(
  owner: string,
  { logMean, ...others }: Readonly<Record<string, tf.Tensor>>,
  event: readonly number[],
): void {
  for (const [name, t] of Object.entries(others)) {
    if (!tf.util.arraysEqual(t.shape, [...event])) checkParameter(owner, name, t, 'logMean', logMean!.shape);
  }
}

/** Counts of a Poisson whose rate is a Gamma of shape r and mean m, without a gradient. */
export function drawCounts(
  { logMean, logDispersion }: NegativeBinomialParams,
  shape: readonly number[],
  options: SampleOptions,
): tf.Tensor {
  const logRate = tf.add(tf.sub(logMean, logDispersion), drawLogGamma(tf.exp(logDispersion), shape, options));
  return drawPoisson(boundedExp(logRate), shape, options);
}
