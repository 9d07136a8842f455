import * as tf from '@tensorflow/tfjs';
import { checkKeys } from '../ops/check-keys';
import { expm1 } from '../ops/expm1';
import { digammaDifference } from '../ops/lgamma-difference';
import { Dependent } from './dependent';
import type { Distribution, SampleOptions, SampleWithLogProb } from './distribution';
import { klToUniform, logCloseness, logPeak, negativeLogDraw } from './power-spherical-terms';
import { checkValue } from './shapes';
import { checkSphere, uniformOnSphere } from './sphere';

/** What `PowerSpherical` takes. */
export type PowerSphericalOptions = PowerSphericalParams;

/** The parameters of a `PowerSpherical`. */
export type PowerSphericalParams = {
  /** μ, unit vectors, `[batch, size]`. They are not normalised here. */
  readonly mean: tf.Tensor;
  /** κ, positive, `[batch]` or a scalar. */
  readonly concentration: tf.Tensor;
};

const HINTS = { loc: 'mean', mu: 'mean', kappa: 'concentration', scale: 'concentration' };

/**
 * A distribution of unit vectors around a mean direction, for posteriors on the sphere S^(size − 1).
 *
 * `q(x) ∝ (1 + μᵀx)^κ` with respect to the surface (De Cao & Aziz 2020, arXiv 2006.04437, equation 8): with
 * `b = (size − 1)/2`, `a = b + κ`, `log q(x) = lgamma(a + b) − lgamma(a) − 2b·log 2 − b·log π + κ·log((1 + μᵀx)/2)`, in
 * nats. The KL to `SphereUniform` is closed. Draws need no rejection and no implicit gradient: the cosine to the mean is
 * made of exponential draws, and turned to the mean by a Householder reflection that is defined for every mean. They are
 * reparameterised by mean and concentration, and their log-density comes from the noise.
 *
 * Shapes: `mean` `[batch, size]`, size 2 or more, `concentration` `[batch]` or a scalar; values `[batch, size]` or
 * `[samples, batch, size]`; log-probabilities and KLs `[batch]` or `[samples, batch]`. There is no mask.
 *
 * @example
 * ```ts
 * const posterior = new PowerSpherical({ mean: tf.tensor2d([[0, 0, 1]]), concentration: tf.tensor1d([20]) });
 * const z = posterior.sample({ rng: new Rng(7), samples: 100 }); // [100, 1, 3], of length 1
 * const kl = posterior.kl(new SphereUniform({ shape: [3] })); // [1], nats
 * ```
 */
export class PowerSpherical extends Dependent<PowerSphericalParams> {
  /** Its kind, by which closed KLs are known. */
  readonly kind = 'powerSpherical';
  /** Whether gradients flow through samples into the parameters. */
  readonly reparameterised = true;
  protected override readonly closedKl = ['sphereUniform'];
  readonly #size: number;

  /**
   * @param options Mean and concentration, which stay the caller's.
   * @throws When the mean has fewer than 2 numbers, or the concentration is not one number for each mean or for all.
   */
  constructor(options: PowerSphericalOptions) {
    checkKeys('PowerSpherical', options, ['mean', 'concentration'], HINTS, ['mean', 'concentration']);
    const { mean, concentration } = options;
    super('PowerSpherical', { mean, concentration }, 1);
    this.#size = mean.shape.at(-1)!;
    checkSphere('PowerSpherical', this.#size);
    const lead = mean.shape.slice(0, -1);
    if (concentration.rank === 0 || tf.util.arraysEqual(concentration.shape, lead)) return;
    throw new Error(
      `PowerSpherical: concentration must be [${lead}], a number for each mean, or a scalar, got [${concentration.shape}]`,
    );
  }

  /** Draws values, `[batch, …event]` or `[samples, batch, …event]`. */
  sample(options: SampleOptions): tf.Tensor {
    return tf.tidy(() => this.draw(options).value);
  }

  /** The log-density comes from the cosine that was drawn. */
  override sampleWithLogProb(options: SampleOptions): SampleWithLogProb {
    return tf.tidy(() => {
      const { value, negativeLog } = this.draw(options);
      const { concentration } = this.params;
      return { value, logProb: tf.sub(logPeak(concentration, this.#size), tf.mul(concentration, negativeLog)) };
    });
  }

  protected eventLogProb(x: tf.Tensor): tf.Tensor {
    const { mean, concentration } = this.params;
    return tf.add(logPeak(concentration, this.#size), tf.mul(concentration, logCloseness(x, mean)));
  }

  protected override eventKl(p: Distribution): tf.Tensor {
    const { mean, concentration } = this.params;
    checkValue('PowerSpherical.kl: the mean', mean, [1, ...p.eventShape], 1);
    return klToUniform(this.full(concentration), this.#size);
  }

  /** `μ·κ / (κ + size − 1)`, inside of the sphere. */
  mean(): tf.Tensor {
    return tf.tidy(() => {
      const kappa = tf.expandDims(this.params.concentration, -1);
      return tf.mul(this.params.mean, tf.div(kappa, tf.add(kappa, this.#size - 1)));
    });
  }

  /** The likeliest value, μ. */
  mode(): tf.Tensor {
    return tf.clone(this.params.mean);
  }

  /** `Var[t]·μ_i² + E[1 − t²]/(size − 1)·(1 − μ_i²)` of each element, t being the cosine to the mean. */
  variance(): tf.Tensor {
    return tf.tidy(() => {
      const b = (this.#size - 1) / 2;
      const a = tf.expandDims(tf.add(this.params.concentration, b), -1);
      const n = tf.add(a, b);
      const spread = tf.div(tf.mul(4 * b, a), tf.mul(n, tf.add(n, 1)));
      const along = tf.square(this.params.mean);
      const across = tf.mul(tf.div(spread, this.#size - 1), tf.sub(1, along));
      return tf.add(tf.mul(tf.div(spread, n), along), across);
    });
  }

  /** `κ·(ψ(a + b) − ψ(a)) − log q(μ)`. */
  entropy(): tf.Tensor {
    return tf.tidy(() => {
      const kappa = this.full(this.params.concentration);
      const b = (this.#size - 1) / 2;
      const fall = tf.mul(kappa, digammaDifference(tf.add(kappa, b), tf.scalar(b)));
      return tf.sub(fall, logPeak(kappa, this.#size));
    });
  }

  protected withParams(params: PowerSphericalParams): PowerSpherical {
    return new PowerSpherical(params);
  }

  /** With `z = (1 + t)/2`: `t = 2z − 1` along the mean, and `√(1 − t²) = 2·√(z·(1 − z))` in a uniform direction across. */
  private draw(options: SampleOptions): { value: tf.Tensor; negativeLog: tf.Tensor } {
    const lead = this.drawShape.slice(0, -1);
    const negativeLog = tf.maximum(negativeLogDraw(this.params.concentration, lead, this.#size, options), 1e-20);
    const across = uniformOnSphere([...lead, this.#size - 1], options);
    const rest = tf.expandDims(tf.neg(expm1(tf.neg(negativeLog))), -1);
    const radius = tf.mul(2, tf.sqrt(tf.mul(rest, tf.sub(1, rest))));
    const upright = tf.concat([tf.sub(1, tf.mul(2, rest)), tf.mul(radius, across)], -1);
    return { value: turned(upright, this.params.mean), negativeLog };
  }

  private full(parameter: tf.Tensor): tf.Tensor {
    return parameter.rank ? parameter : tf.add(tf.zeros(this.drawShape.slice(0, -1)), parameter);
  }
}

/**
 * Takes e₁ to the mean: `−s·(y − 2u·(uᵀy)/(uᵀu))`, `u = μ + s·e₁`, with the sign s of μ₁. `uᵀu` is 2 at least, while
 * with `u = e₁ − μ` it is 0 where μ is e₁.
 */
function turned(y: tf.Tensor, mean: tf.Tensor): tf.Tensor {
  const size = mean.shape.at(-1)!;
  const first = tf.tensor1d(Array.from({ length: size }, (_, i) => Number(i === 0)));
  const sign = tf.sub(tf.mul(2, tf.step(tf.sum(tf.mul(mean, first), -1, true))), 1);
  const u = tf.add(mean, tf.mul(sign, first));
  const share = tf.div(tf.sum(tf.mul(u, y), -1, true), tf.sum(tf.square(u), -1, true));
  return tf.mul(sign, tf.sub(tf.mul(tf.mul(2, share), u), y));
}
