import * as tf from '@tensorflow/tfjs';
import { checkKeys } from '../ops/check-keys';
import {
  type Distribution,
  type LogProbOptions,
  noClosedKl,
  type SampleOptions,
  type SampleWithLogProb,
} from './distribution';
import type { Normal } from './normal';
import { checkValue, maskedLogProb, sumEvent } from './shapes';

const LOG_2PI = Math.log(2 * Math.PI);

/** What `StandardNormal` takes. */
export type StandardNormalOptions = {
  /** The event, such as `[latentDim]`. */
  shape: readonly number[];
};

/**
 * `N(0, I)`, the usual prior: a batch of one that broadcasts to any batch. It has no parameters and holds no tensors.
 *
 * `log p(z) = −½ Σ (z² + log 2π)`, in nats.
 *
 * @example
 * ```ts
 * const prior = new StandardNormal({ shape: [20] });
 * const z = prior.sample({ rng: new Rng(7), samples: 64 }); // [64, 1, 20]
 * ```
 */
export class StandardNormal implements Distribution {
  readonly kind = 'standardNormal';
  readonly params: Readonly<Record<string, never>> = {};
  readonly reparameterised = true;
  /** The event. */
  readonly shape: readonly number[];
  readonly eventShape: readonly number[];
  readonly #drawShape: number[];

  /**
   * @param options The event, such as `{ shape: [latentDim] }`.
   * @throws When a size is not a positive integer.
   */
  constructor(options: StandardNormalOptions) {
    checkKeys('StandardNormal', options, ['shape'], {}, ['shape']);
    const { shape } = options;
    // Not checkCounts, which would be a tenth of what elboLoss brings into a bundle.
    if (!shape.every(size => Number.isInteger(size) && size > 0)) {
      throw new Error(`StandardNormal: shape must hold positive integers, got [${shape}]`);
    }
    this.shape = this.eventShape = [...shape];
    this.#drawShape = [1, ...shape];
  }

  sample({ rng, ...options }: SampleOptions): tf.Tensor {
    return rng.normal(this.#drawShape, options);
  }

  sampleWithLogProb(options: SampleOptions): SampleWithLogProb {
    const value = this.sample(options);
    return { value, logProb: this.logProb(value) };
  }

  logProb(x: tf.Tensor, options: LogProbOptions = {}): tf.Tensor {
    return maskedLogProb(x, options, this.shape.length, value => this.logProbElements(value));
  }

  logProbElements(x: tf.Tensor): tf.Tensor {
    checkValue('StandardNormal.logProb: x', x, this.#drawShape, this.shape.length);
    return tf.tidy(() => tf.mul(-0.5, tf.add(tf.square(x), LOG_2PI)));
  }

  hasKl(p: Distribution): boolean {
    return p.kind === 'standardNormal' || p.kind === 'normal';
  }

  kl(p: Distribution): tf.Tensor {
    return tf.tidy(() => sumEvent(this.klElements(p), this.shape.length));
  }

  klElements(p: Distribution): tf.Tensor {
    if (!this.hasKl(p)) throw noClosedKl(this, p);
    return tf.tidy(() => {
      const mean = p.mean();
      checkValue('StandardNormal.kl', mean, this.#drawShape, this.shape.length);
      return p.kind === 'normal' ? (p as Normal).klElementsFrom() : tf.zerosLike(mean);
    });
  }

  mean(): tf.Tensor {
    return tf.zeros(this.#drawShape);
  }

  mode(): tf.Tensor {
    return tf.zeros(this.#drawShape);
  }

  variance(): tf.Tensor {
    return tf.ones(this.#drawShape);
  }

  /** `½ D (log 2π + 1)`. */
  entropy(): tf.Tensor {
    return tf.tidy(() => sumEvent(tf.fill(this.#drawShape, 0.5 * (LOG_2PI + 1)), this.shape.length));
  }

  /** Itself, since it has no parameters. */
  detach(): StandardNormal {
    return this;
  }

  dispose(): void {}
}
