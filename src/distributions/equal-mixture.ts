import * as tf from '@tensorflow/tfjs';
import { checkKeys } from '../ops/check-keys';
import { logSumExp } from '../ops/log-sum-exp';
import { sizeOfShape } from '../ops/shape';
import { stopGradient } from '../ops/stop-gradient';
import { tidy } from '../ops/tidy';
import {
  type Distribution,
  type LogProbOptions,
  noClosedKl,
  type SampleOptions,
  type SampleWithLogProb,
} from './distribution';
import { checkValue } from './shapes';

/** What `EqualMixture` takes. */
export type EqualMixtureOptions = {
  /** A batch of any distribution with a density: each of the batch is a component. */
  components: Distribution;
};

/**
 * The mixture of a batch of distributions, all with the same weight: `p(z) = (1/K) Σ_k p_k(z)`. It is a batch of one,
 * which broadcasts to any batch.
 *
 * `log p(z) = logsumexp_k log p_k(z) − log K`, nats. Draws carry no gradient, since the choice of a component has none.
 *
 * @example
 * ```ts
 * const components = vae.encode(x);
 * const aggregate = new EqualMixture({ components }); // (1/K) Σ q(z | x_k)
 * const density = aggregate.logProb(z);
 * ```
 */
export class EqualMixture implements Distribution {
  readonly kind = 'equalMixture';
  readonly reparameterised = false;
  readonly params: Readonly<Record<string, tf.Tensor>>;
  readonly eventShape: readonly number[];
  /** The components, one batch. */
  readonly components: Distribution;

  /**
   * @param options The components, which stay the caller's.
   * @throws When their density is known of their own draws alone.
   */
  constructor(options: EqualMixtureOptions) {
    checkKeys('EqualMixture', options, ['components'], {}, ['components']);
    const { components } = options;
    if (components.hasDensity === false) {
      throw new Error(`EqualMixture: '${components.kind}' has no density of a z from elsewhere, which a mixture needs`);
    }
    this.components = components;
    this.params = components.params;
    this.eventShape = components.eventShape;
  }

  sample(options: SampleOptions): tf.Tensor {
    const { rng, ...rest } = options;
    return tf.tidy(() => {
      const axis = rest.samples === undefined ? 0 : 1;
      const draws = this.components.sample(options);
      const count = draws.shape[axis]!;
      const place = tf.floor(tf.mul(rng.uniform([1], rest), count));
      const chosen = tf.cast(tf.equal(place, tf.range(0, count)), 'float32');
      const shares = tf.reshape(chosen, [...chosen.shape, ...this.eventShape.map(() => 1)]);
      return stopGradient(tf.sum(tf.mul(draws, shares), axis, true));
    });
  }

  sampleWithLogProb(options: SampleOptions): SampleWithLogProb {
    const value = this.sample(options);
    return { value, logProb: this.logProb(value) };
  }

  logProb(x: tf.Tensor, options: LogProbOptions = {}): tf.Tensor {
    checkKeys('EqualMixture.logProb', options, ['mask']);
    if (options.mask) throw new Error('EqualMixture.logProb: a mask needs independent elements');
    const event = [...this.eventShape];
    checkValue('EqualMixture.logProb: x', x, [1, ...event], event.length);
    const lead = x.shape.slice(0, x.rank - event.length);
    return tf.tidy(() => {
      const count = this.#count();
      // Each value beside each component: the values are the samples of a batch of components.
      // Not tile or broadcastTo, which take 100 times as long on wasm.
      const values = tf.add(tf.reshape(x, [sizeOfShape(lead), 1, ...event]), tf.zeros([1, count, ...event]));
      const logProb = logSumExp(this.components.logProb(values), -1);
      return tf.reshape(tf.sub(logProb, Math.log(count)), lead);
    });
  }

  hasKl(_: Distribution): boolean {
    return false;
  }

  kl(p: Distribution): tf.Tensor {
    throw noClosedKl(this, p);
  }

  mean(): tf.Tensor {
    return tf.tidy(() => tf.mean(this.components.mean(), 0, true));
  }

  detach(): EqualMixture {
    return tidy(() => new EqualMixture({ components: this.components.detach() }));
  }

  dispose(): void {
    this.components.dispose();
  }

  /** How many components there are. */
  #count(): number {
    return tf.tidy(() => this.components.mean().shape[0]!);
  }
}
