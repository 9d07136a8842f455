import * as tf from '@tensorflow/tfjs';
import { checkKeys } from '../ops/check-keys';
import { defined } from '../ops/defined';
import { fillMissing } from '../ops/fill-missing';
import { withoutGradient } from '../ops/without-gradient';
import { targetLogMass, withInfinities } from './categorical-terms';
import { Dependent } from './dependent';
import type { LogProbOptions, SampleOptions } from './distribution';
import { drawMultinomial } from './draw-multinomial';
import { multinomialMass } from './multinomial-terms';
import { checkParameter, checkTensors, checkValue, sumEvent } from './shapes';

/** The parameters of a `Multinomial`. */
export type MultinomialParams = {
  /** Log-odds `[batch, …, categories]`; −∞ for a category that is impossible. */
  readonly logits: tf.Tensor;
  /** N, the sum of a row: `[batch, …]` or a scalar. */
  readonly total?: tf.Tensor;
};

/** What `Multinomial` takes. */
export type MultinomialOptions = MultinomialParams & {
  /** Whether `logProb` counts `log(N!/Πx!)`. Default true; without it, it is what Liang et al. report. */
  coefficient?: boolean;
  /** Number of event axes, that of the categories included; by default all but the first. */
  eventRank?: number;
};

/**
 * Rows of counts that share a total N: the words of a document, the items of a user. The last axis of the event holds the
 * categories, with probabilities `softmax(logits)`.
 *
 * `log p(x | N = Σx) = Σ x·log softmax(logits) + log(N!/Πx!)`, in nats. Liang et al. 2018 (arXiv 1802.05814, equation 2)
 * leave the coefficient out, since it has no gradient: `coefficient: false` gives their number, which is not a
 * log-probability. Given the total, rows of another sum have a log-probability of −∞; without it, any row is taken for
 * its own sum. The gradient by the logits is `x − N·softmax(logits)`; x and the total get none. A mask leaves categories
 * out: what is seen is a multinomial of the others, given their own sum.
 *
 * Shapes: `logits` `[batch, …event]`; `total` the same without the last axis, or a scalar; values, whole numbers, `[batch,
 * …event]` or `[samples, batch, …event]`; log-probabilities `[batch]` or `[samples, batch]`. Without a total, `mean`,
 * `variance` and `sample` are those of a total of 1: the mean is the share of each category. Samples carry no gradient.
 *
 * @example
 * ```ts
 * const words = new Multinomial({ logits: tf.zeros([8, 100]), total: tf.fill([8], 20) });
 * const documents = words.sample({ rng: new Rng(1) }); // [8, 100], rows of sum 20
 * const logProb = words.logProb(documents); // [8], nats
 * ```
 */
export class Multinomial extends Dependent<MultinomialParams> {
  /** Its kind, by which closed KLs are known. */
  readonly kind = 'multinomial';
  /** Whether gradients flow through samples into the parameters. */
  readonly reparameterised = false;
  readonly #coefficient: boolean;

  /**
   * @param options Logits and total, which stay the caller's.
   * @throws When the event has no axis of categories, or the total another shape.
   */
  constructor(options: MultinomialOptions) {
    const logits = 'logits: tf.log(p)';
    const hints = { probs: logits, p: logits, total_count: 'total', totalCount: 'total', n: 'total' };
    checkKeys('Multinomial', options, ['logits', 'total', 'coefficient', 'eventRank'], hints, ['logits']);
    const { total, coefficient = true, eventRank } = options;
    super('Multinomial', { logits: options.logits, ...defined({ total }) }, eventRank);
    if (this.eventRank === 0) throw new Error('Multinomial: eventRank must be at least 1, for the categories, got 0');
    if (total) {
      checkTensors('Multinomial', { total });
      checkParameter('Multinomial', 'total', total, 'logits without the last axis', this.drawShape.slice(0, -1));
    }
    this.#coefficient = coefficient;
  }

  /** Draws values, `[batch, …event]` or `[samples, batch, …event]`. */
  sample(options: SampleOptions): tf.Tensor {
    return tf.tidy(() => drawMultinomial(this.params.logits, this.total(), options));
  }

  override logProb(x: tf.Tensor, options: LogProbOptions = {}): tf.Tensor {
    checkKeys('Multinomial.logProb', options, ['mask']);
    const { mask } = options;
    if (!mask) return super.logProb(x);
    checkValue('Multinomial.logProb: x', x, this.drawShape, this.eventRank);
    return tf.tidy(() => {
      const seen = fillMissing(x, mask, this.eventRank);
      const hidden = tf.sub(1, tf.step(mask));
      // Impossible, as the terms of categories take −1e30.
      return this.massOf(tf.sub(tf.mul(this.params.logits, tf.step(mask)), tf.mul(hidden, 1e30)), seen);
    });
  }

  protected eventLogProb(x: tf.Tensor): tf.Tensor {
    const { logits, total } = this.params;
    const logProb = this.massOf(logits, x);
    if (!total) return logProb;
    const impossible = withoutGradient([total, x], () => {
      const fits = tf.equal(tf.sum(x, -1), total);
      return sumEvent(tf.where(fits, tf.zeros(fits.shape), -Infinity), this.eventRank - 1);
    });
    return tf.add(logProb, impossible);
  }

  /** The expected counts, or shares. */
  mean(): tf.Tensor {
    return tf.tidy(() => tf.mul(tf.softmax(this.params.logits), tf.expandDims(this.total(), -1)));
  }

  /** `N·π·(1 − π)` of each element. */
  variance(): tf.Tensor {
    return tf.tidy(() => tf.mul(this.mean(), tf.sub(1, tf.softmax(this.params.logits))));
  }

  protected withParams(params: MultinomialParams): Multinomial {
    return new Multinomial({ ...params, coefficient: this.#coefficient, eventRank: this.eventRank });
  }

  private massOf(logits: tf.Tensor, x: tf.Tensor): tf.Tensor {
    const counts = tf.cast(x, 'float32');
    const mass = this.#coefficient ? multinomialMass(logits, counts) : withInfinities(targetLogMass(logits, counts));
    return sumEvent(mass, this.eventRank - 1);
  }

  private total(): tf.Tensor {
    return this.params.total ?? tf.scalar(1);
  }
}
