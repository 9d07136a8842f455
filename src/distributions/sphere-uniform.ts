import * as tf from '@tensorflow/tfjs';
import { checkKeys } from '../ops/check-keys';
import { withoutGradient } from '../ops/without-gradient';
import {
  type Distribution,
  type LogProbOptions,
  noClosedKl,
  type SampleOptions,
  type SampleWithLogProb,
} from './distribution';
import { checkValue } from './shapes';
import { checkSphere, logSurface, uniformOnSphere } from './sphere';

/** What `SphereUniform` takes. */
export type SphereUniformOptions = {
  /** The event, `[size]`: the sphere is that of the unit vectors in ℝ^size. */
  shape: readonly number[];
};

/**
 * The uniform distribution on the unit sphere S^(size − 1), the prior of a spherical posterior: a batch of one that
 * broadcasts to any batch. It has no parameters and holds no tensors.
 *
 * `log p(z) = −log|S^(size − 1)| = −log 2 − size/2·log π + lgamma(size/2)`, in nats, with respect to the surface. z is
 * taken for a unit vector and not looked at.
 *
 * @example
 * ```ts
 * const prior = new SphereUniform({ shape: [3] });
 * const z = prior.sample({ rng: new Rng(7), samples: 64 }); // [64, 1, 3], of length 1
 * ```
 */
export class SphereUniform implements Distribution {
  readonly kind = 'sphereUniform';
  readonly params: Readonly<Record<string, never>> = {};
  readonly reparameterised = true;
  readonly eventShape: readonly number[];
  readonly #drawShape: number[];

  /**
   * @param options The event, such as `{ shape: [latentDim] }`.
   * @throws When it is not one axis of at least 2.
   */
  constructor(options: SphereUniformOptions) {
    checkKeys('SphereUniform', options, ['shape'], { size: 'shape: [size]', dim: 'shape: [size]' }, ['shape']);
    const { shape } = options;
    checkSphere('SphereUniform', shape.length === 1 ? shape[0] : undefined);
    this.eventShape = [...shape];
    this.#drawShape = [1, ...shape];
  }

  sample(options: SampleOptions): tf.Tensor {
    return uniformOnSphere(this.#drawShape, options);
  }

  sampleWithLogProb(options: SampleOptions): SampleWithLogProb {
    const value = this.sample(options);
    return { value, logProb: this.logProb(value) };
  }

  /** @throws When x does not fit, or a mask is given: what is left of a unit vector is not uniform. */
  logProb(x: tf.Tensor, options: LogProbOptions = {}): tf.Tensor {
    checkKeys('logProb', options, ['mask']);
    if (options.mask) throw new Error('SphereUniform.logProb: a mask needs independent elements');
    checkValue('SphereUniform.logProb: x', x, this.#drawShape, 1);
    return withoutGradient([x], () => tf.fill(x.shape.slice(0, -1), -this.#logSurface));
  }

  hasKl(p: Distribution): boolean {
    return p.kind === this.kind && p.eventShape[0] === this.eventShape[0];
  }

  kl(p: Distribution): tf.Tensor {
    if (!this.hasKl(p)) throw noClosedKl(this, p);
    return tf.zeros([1]);
  }

  mean(): tf.Tensor {
    return tf.zeros(this.#drawShape);
  }

  /** `1 / size` of each element. */
  variance(): tf.Tensor {
    return tf.fill(this.#drawShape, 1 / this.eventShape[0]!);
  }

  /** `log|S^(size − 1)|`. */
  entropy(): tf.Tensor {
    return tf.fill([1], this.#logSurface);
  }

  /** Itself, since it has no parameters. */
  detach(): SphereUniform {
    return this;
  }

  dispose(): void {}

  get #logSurface(): number {
    return logSurface(this.eventShape[0]!);
  }
}
