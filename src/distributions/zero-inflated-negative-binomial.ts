import * as tf from '@tensorflow/tfjs';
import { checkKeys } from '../ops/check-keys';
import { softplus } from '../ops/softplus';
import { sumToShape } from '../ops/sum-to-shape';
import { withGradient } from '../ops/with-gradient';
import { withoutGradient } from '../ops/without-gradient';
import type { SampleOptions } from './distribution';
import { Elementwise } from './elementwise';
import { checkColumns, drawCounts, NEGATIVE_BINOMIAL_HINTS, type NegativeBinomialParams } from './negative-binomial';
import { boundedExp, negativeBinomialMass } from './negative-binomial-terms';

/** The parameters of a `ZeroInflatedNegativeBinomial`. */
export type ZeroInflatedNegativeBinomialParams = NegativeBinomialParams & {
  /** Log-odds l of a zero that is not a count, of the shape of `logMean`, `[…event]` or a scalar. */
  readonly zeroLogits: tf.Tensor;
};

/** What `ZeroInflatedNegativeBinomial` takes. */
export type ZeroInflatedNegativeBinomialOptions = ZeroInflatedNegativeBinomialParams & {
  /** Number of event axes; by default all but the first. Needed where a sample axis comes before the batch. */
  eventRank?: number;
};

/**
 * Independent counts that are 0 with probability `π = sigmoid(zeroLogits)`, and drawn from a `NegativeBinomial` otherwise:
 * for data in which some zeros were not counted but lost.
 *
 * `log p(x) = Σ log[π·1(x = 0) + (1 − π)·NB(x; m, r)]`, in nats, computed from the logits: with l the logit and
 * `n(x) = log NB(x)` it is `n(x) − softplus(l)` for x > 0 and `n(0) + softplus(l − n(0)) − softplus(l)` for 0. The
 * likelihood of Lopez et al. 2018 (scVI, doi 10.1038/s41592-018-0229-2); whether real counts have such zeros is another
 * question (Svensson 2020), so compare with `NegativeBinomial`. x gets no gradient.
 *
 * The mean is `(1 − π)·m` and the variance `(1 − π)·(m + m²/r + π·m²)`. Shapes and ranges are those of
 * `NegativeBinomial`. Samples carry no gradient.
 *
 * @example
 * ```ts
 * const genes = new ZeroInflatedNegativeBinomial({
 *   logMean: tf.zeros([8, 3]),
 *   logDispersion: tf.scalar(0),
 *   zeroLogits: tf.fill([8, 3], -1),
 * });
 * const logProb = genes.logProb(tf.zeros([8, 3])); // [8], nats
 * ```
 */
export class ZeroInflatedNegativeBinomial extends Elementwise<ZeroInflatedNegativeBinomialParams> {
  readonly kind = 'zeroInflatedNegativeBinomial';
  readonly reparameterised = false;

  /**
   * @param options The parameters, which stay the caller's.
   * @throws When a parameter has another shape.
   */
  constructor(options: ZeroInflatedNegativeBinomialOptions) {
    const names = ['logMean', 'logDispersion', 'zeroLogits'] as const;
    const gate = 'zeroLogits: tf.log(tf.div(gate, tf.sub(1, gate)))';
    const hints = { ...NEGATIVE_BINOMIAL_HINTS, gate, gate_logits: 'zeroLogits', dropout: 'zeroLogits' };
    checkKeys('ZeroInflatedNegativeBinomial', options, [...names, 'eventRank'], hints, names);
    const { logMean, logDispersion, zeroLogits, eventRank } = options;
    const params = { logMean, logDispersion, zeroLogits };
    super('ZeroInflatedNegativeBinomial', params, eventRank, logMean.shape);
    checkColumns('ZeroInflatedNegativeBinomial', params, this.eventShape);
  }

  sample({ rng, ...options }: SampleOptions): tf.Tensor {
    const { logMean, logDispersion, zeroLogits } = this.params;
    return withoutGradient([logMean, logDispersion, zeroLogits], () => {
      const isCount = tf.greaterEqual(rng.uniform(this.drawShape, options), tf.sigmoid(zeroLogits));
      return tf.mul(tf.cast(isCount, 'float32'), drawCounts(this.params, this.drawShape, { rng, ...options }));
    });
  }

  protected elementLogProb(x: tf.Tensor): tf.Tensor {
    const { logMean, logDispersion, zeroLogits } = this.params;
    const counts = tf.cast(x, 'float32');
    return inflate(negativeBinomialMass(logMean, logDispersion, counts), zeroLogits, counts);
  }

  mean(): tf.Tensor {
    return tf.tidy(() => tf.mul(this.counted(), boundedExp(this.params.logMean)));
  }

  /** `(1 − π)·(m + m²/r + π·m²)` of each element. */
  variance(): tf.Tensor {
    return tf.tidy(() => {
      const { logMean, logDispersion, zeroLogits } = this.params;
      const m = boundedExp(logMean);
      const ratio = boundedExp(tf.sub(logMean, logDispersion));
      const factor = tf.add(1, tf.add(ratio, tf.mul(tf.sigmoid(zeroLogits), m)));
      return tf.mul(tf.mul(this.counted(), m), factor);
    });
  }

  protected withParams(params: ZeroInflatedNegativeBinomialParams): ZeroInflatedNegativeBinomial {
    return new ZeroInflatedNegativeBinomial({ ...params, eventRank: this.eventRank });
  }

  /** `1 − π`, with its digits where π is all but 1. */
  private counted(): tf.Tensor {
    return tf.sigmoid(tf.neg(this.params.zeroLogits));
  }
}

/**
 * From `log p` of a count to that with more zeros. With ρ = σ(l − log p) at 0, the share of zeros that are not counts, and
 * 0 elsewhere, the gradients are `1 − ρ` by log p and `ρ − σ(l)` by l.
 */
function inflate(logProb: tf.Tensor, logits: tf.Tensor, x: tf.Tensor): tf.Tensor {
  return withGradient(
    [logProb, logits],
    save => {
      save([logProb, logits, x]);
      return tf.tidy(() => {
        const atZero = tf.mul(isZero(x), softplus(tf.sub(logits, logProb)));
        return tf.sub(tf.add(logProb, atZero), softplus(logits));
      });
    },
    (dy, saved) => {
      const [ofCount, l, counts] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
      const zero = isZero(counts);
      const share = tf.mul(zero, tf.sigmoid(tf.sub(l, ofCount)));
      // 1 − ρ at zeros is σ(log p − l).
      const rest = tf.add(tf.mul(zero, tf.sigmoid(tf.sub(ofCount, l))), tf.sub(1, zero));
      return [
        sumToShape(tf.mul(dy, rest), ofCount.shape),
        sumToShape(tf.mul(dy, tf.sub(share, tf.sigmoid(l))), l.shape),
      ];
    },
  );
}

/** 1 where a count is 0, else 0. */
function isZero(x: tf.Tensor): tf.Tensor {
  return tf.sub(1, tf.step(x));
}
