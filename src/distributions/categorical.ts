import * as tf from '@tensorflow/tfjs';
import { checkKeys } from '../ops/check-keys';
import { withoutGradient } from '../ops/without-gradient';
import {
  drawIndex,
  entropyOverClasses,
  indicesAlong,
  klOverClasses,
  oneHotOf,
  targetLogMass,
  withInfinities,
} from './categorical-terms';
import type { Distribution, SampleOptions } from './distribution';
import { Elementwise } from './elementwise';
import { checkClasses, checkValue, sumEvent } from './shapes';

/** What `Categorical` takes. */
export type CategoricalOptions = CategoricalParams & {
  /** Number of event axes, without that of the classes; by default all but the first. */
  eventRank?: number;
};

/** The parameters of a `Categorical`. */
export type CategoricalParams = {
  /** Log-odds `[batch, …event, classes]`; −∞ for a class that is impossible. */
  readonly logits: tf.Tensor;
};

/**
 * Independent elements that are one of several classes, given as class indices 0 … K − 1 (floats or integers).
 *
 * `log p(x) = Σ log softmax(logits)[x]`, in nats. An index that is not among the classes has −∞. For one-hot vectors
 * and soft targets there is `OneHotCategorical`.
 *
 * Shapes: `logits` `[batch, …event, classes]`; values `[batch, …event]` or `[samples, batch, …event]`;
 * log-probabilities, entropies and KLs `[batch]` or `[samples, batch]`. Samples are class indices by the Gumbel-max
 * trick, and carry no gradient.
 *
 * @example
 * ```ts
 * const species = new Categorical({ logits: tf.zeros([8, 1, 3]) }); // 8 rows, one column of three classes
 * const nll = tf.neg(species.logProb(tf.fill([8, 1], 2))); // [8], log 3 nats each
 * ```
 */
export class Categorical extends Elementwise<CategoricalParams> {
  readonly kind = 'categorical';
  readonly reparameterised = false;
  protected override readonly closedKl = ['categorical'];

  /**
   * @param options The logits, which stay the caller's.
   * @throws When they have no axis of classes.
   */
  constructor(options: CategoricalOptions) {
    const hint = 'logits: tf.log(p)';
    checkKeys('Categorical', options, ['logits', 'eventRank'], { probs: hint, p: hint }, ['logits']);
    const { logits, eventRank } = options;
    super('Categorical', { logits }, eventRank, checkClasses('Categorical', logits));
  }

  /** K, the number of classes. */
  get classes(): number {
    return this.params.logits.shape.at(-1)!;
  }

  sample(options: SampleOptions): tf.Tensor {
    const { logits } = this.params;
    return withoutGradient([logits], () => tf.cast(drawIndex(logits, options), 'float32'));
  }

  protected elementLogProb(x: tf.Tensor): tf.Tensor {
    const target = oneHotOf(x, this.classes);
    const excess = tf.mul(tf.sub(tf.sum(target, -1), 1), 1e30);
    return withInfinities(tf.add(targetLogMass(this.params.logits, target), excess));
  }

  protected override elementKl(p: Distribution): tf.Tensor {
    const { logits } = this.params;
    const other = (p as Categorical).params.logits;
    checkValue('Categorical.kl: the logits', logits, other.shape, this.eventRank + 1);
    return klOverClasses(logits, other);
  }

  /** The expected index, `Σ k·π_k`: of use where classes are in an order. */
  mean(): tf.Tensor {
    return tf.tidy(() => this.moment(this.indices()));
  }

  /** The index of the likeliest class. */
  mode(): tf.Tensor {
    return tf.tidy(() => tf.cast(tf.argMax(this.params.logits, -1), 'float32'));
  }

  /** `Σ (k − E[k])²·π_k` of each element. */
  variance(): tf.Tensor {
    return tf.tidy(() => this.moment(tf.square(tf.sub(this.indices(), tf.expandDims(this.mean(), -1)))));
  }

  /** `−Σ π log π`. */
  entropy(): tf.Tensor {
    return tf.tidy(() => sumEvent(entropyOverClasses(this.params.logits), this.eventRank));
  }

  protected withParams({ logits }: CategoricalParams): Categorical {
    return new Categorical({ logits, eventRank: this.eventRank });
  }

  private indices(): tf.Tensor {
    return indicesAlong(this.params.logits.rank, this.classes);
  }

  private moment(values: tf.Tensor): tf.Tensor {
    return tf.sum(tf.mul(tf.softmax(this.params.logits), values), -1);
  }
}
