import * as tf from '@tensorflow/tfjs';
import { type Distribution, type SampleOptions, type SampleWithLogProb, stopGradient } from 'tfjs-vae';
import { noClosedKl } from '../../../src/distributions/distribution';

const LOG_2PI = Math.log(2 * Math.PI);

/** `N(mean, L·Lᵀ)` of two numbers with a lower triangular `L`, `[batch, 2, 2]`: its elements are not independent. */
export class MultivariateNormal implements Distribution {
  readonly kind = 'ownMultivariateNormal';
  readonly reparameterised = true;
  readonly eventShape = [2];

  constructor(readonly params: Readonly<{ mean: tf.Tensor; scaleTril: tf.Tensor }>) {}

  sample(options: SampleOptions): tf.Tensor {
    return tf.tidy(() => this.#place(this.#noise(options)));
  }

  sampleWithLogProb(options: SampleOptions): SampleWithLogProb {
    return tf.tidy(() => {
      const noise = this.#noise(options);
      return { value: this.#place(noise), logProb: this.#density(noise) };
    });
  }

  logProb(x: tf.Tensor, { mask }: { mask?: tf.Tensor } = {}): tf.Tensor {
    if (mask) throw new Error('MultivariateNormal.logProb: a mask needs independent elements');
    return tf.tidy(() => {
      const [a, , c, d] = this.#factor();
      const [first, second] = tf.unstack(tf.sub(x, this.params.mean), -1);
      const noise = tf.div(first!, a!);
      return this.#density(tf.stack([noise, tf.div(tf.sub(second!, tf.mul(c!, noise)), d!)], -1));
    });
  }

  hasKl(p: Distribution): boolean {
    return p.kind === 'standardNormal';
  }

  /** `½ (‖L‖² + ‖μ‖² − 2) − log |L|`. */
  kl(p: Distribution): tf.Tensor {
    if (!this.hasKl(p)) throw noClosedKl(this, p);
    return tf.tidy(() => {
      const [a, , c, d] = this.#factor();
      const squares = tf.addN([a!, c!, d!].map(t => tf.square(t)));
      const all = tf.add(squares, tf.sum(tf.square(this.params.mean), -1));
      return tf.sub(tf.mul(0.5, tf.sub(all, 2)), this.#logDeterminant());
    });
  }

  mean(): tf.Tensor {
    return tf.clone(this.params.mean);
  }

  variance(): tf.Tensor {
    return tf.tidy(() => tf.sum(tf.square(this.params.scaleTril), -1));
  }

  entropy(): tf.Tensor {
    return tf.tidy(() => tf.add(this.#logDeterminant(), 1 + LOG_2PI));
  }

  detach(): MultivariateNormal {
    const { mean, scaleTril } = this.params;
    return new MultivariateNormal({ mean: stopGradient(mean), scaleTril: stopGradient(scaleTril) });
  }

  dispose(): void {
    for (const parameter of Object.values(this.params)) parameter.dispose();
  }

  #noise({ rng, ...options }: SampleOptions): tf.Tensor {
    return rng.normal(this.params.mean.shape, options);
  }

  #place(noise: tf.Tensor): tf.Tensor {
    return tf.add(this.params.mean, tf.sum(tf.mul(this.params.scaleTril, tf.expandDims(noise, -2)), -1));
  }

  #density(noise: tf.Tensor): tf.Tensor {
    return tf.sub(tf.mul(-0.5, tf.sum(tf.add(tf.square(noise), LOG_2PI), -1)), this.#logDeterminant());
  }

  /** The entries of L, row by row. */
  #factor(): tf.Tensor[] {
    return tf.unstack(tf.reshape(this.params.scaleTril, [-1, 4]), -1);
  }

  #logDeterminant(): tf.Tensor {
    const [a, , , d] = this.#factor();
    return tf.add(tf.log(a!), tf.log(d!));
  }
}
