import * as tf from '@tensorflow/tfjs';
import { checkCount } from '../ops/check';
import { checkKeys } from '../ops/check-keys';
import { softClip } from '../ops/soft-clip';
import { LAYER_KEYS } from './layer-checks';
import type { Kwargs, LayerArgs, Moments, SymbolicMoments } from './layer-types';
import { ParameterHead } from './parameter-head';

/** What `GaussianHead` takes. */
export type GaussianHeadOptions = LayerArgs & {
  /** Number of latent dimensions. */
  units: number;
  /**
   * The range in which the log-variance is left as it is; outside of it, it grows like a logarithm, and its gradient
   * stays alive. `false` leaves it unbounded. Default [−10, 10].
   */
  logVarRange?: readonly [number, number] | false;
  /** Seed of the kernels; one is drawn when absent, see `layer.seed`. */
  seed?: number;
};

/**
 * The last layer of a Gaussian encoder: from features to the mean and the log-variance of q(z|x).
 *
 * `mean = h·W_μ + b_μ`, `logVar = softClip(h·W_σ + b_σ)`; features `h` are `[batch, n]` (more axes are flattened), both
 * outputs `[batch, units]`. Kernels are Glorot uniform, biases zero (Kingma & Welling 2014, arXiv 1312.6114, appendix C.2).
 *
 * Two heads of one seed start from the same kernels: give each its own.
 *
 * @throws When `units` is not a positive integer, `logVarRange` not an ascending pair, `seed` not an integer, or when the
 * size of the features is unknown.
 * @example
 * ```ts
 * const x = tf.input({ shape: [784] });
 * const hidden = tf.layers.dense({ units: 400, activation: 'relu' }).apply(x) as tf.SymbolicTensor;
 * const [mean, logVar] = new GaussianHead({ units: 20 }).apply(hidden);
 * const encoder = tf.model({ inputs: x, outputs: [mean, logVar] });
 * ```
 */
export class GaussianHead extends ParameterHead {
  /** Number of latent dimensions. */
  readonly units: number;
  /** The range in which the log-variance is left as it is, or `false`. */
  readonly logVarRange: readonly [number, number] | false;

  /** The name in saved models. */
  static override get className(): string {
    return 'TfjsVaeGaussianHead';
  }

  constructor(options: GaussianHeadOptions) {
    checkKeys('GaussianHead', options, [...LAYER_KEYS, 'units', 'logVarRange', 'seed'], {}, ['units']);
    const { units, logVarRange = [-10, 10], ...rest } = options;
    checkCount('GaussianHead', 'units', units);
    super({ ...rest, sizes: { mean: units, logVar: units } });
    if (logVarRange !== false && !isRange(logVarRange)) {
      throw new Error(
        `GaussianHead: logVarRange must be [low, high] with low < high, or false, got ${JSON.stringify(logVarRange)}`,
      );
    }
    this.units = units;
    this.logVarRange = logVarRange;
  }

  /** `[mean, logVar]`, `[batch, units]` each. */
  override apply(features: tf.SymbolicTensor, kwargs?: Kwargs): SymbolicMoments;
  /** `[mean, logVar]`, `[batch, units]` each. */
  override apply(features: tf.Tensor, kwargs?: Kwargs): Moments;
  override apply(features: tf.SymbolicTensor | tf.Tensor, kwargs?: Kwargs): SymbolicMoments | Moments {
    return super.apply(features, kwargs) as SymbolicMoments | Moments;
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs?: Kwargs): tf.Tensor[] {
    return tf.tidy(() => {
      const [mean, logVar] = super.call(inputs, kwargs) as Moments;
      return [mean, this.logVarRange ? softClip(logVar, ...this.logVarRange) : logVar];
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { sizes: _, ...config } = super.getConfig();
    const range = this.logVarRange && [...this.logVarRange];
    return { ...config, units: this.units, logVarRange: range, seed: this.seed };
  }
}

function isRange(range: readonly number[]): boolean {
  return Array.isArray(range) && range.length === 2 && range.every(Number.isFinite) && range[0]! < range[1]!;
}
