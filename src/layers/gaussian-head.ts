import * as tf from '@tensorflow/tfjs';
import { checkCount } from '../ops/check';
import { checkKeys } from '../ops/check-keys';
import { softClip } from '../ops/soft-clip';
import { Rng } from '../random/rng';
import { isShapeList, LAYER_KEYS, resolveSeed, showShape, singleInput } from './layer-checks';
import type { Kwargs, LayerArgs, Moments, Shape, Shapes, SymbolicMoments } from './layer-types';

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
export class GaussianHead extends tf.layers.Layer {
  /** Number of latent dimensions. */
  readonly units: number;
  /** The range in which the log-variance is left as it is, or `false`. */
  readonly logVarRange: readonly [number, number] | false;
  /** The seed in use, also when none was given. */
  readonly seed: number;

  private kernels: Record<'meanKernel' | 'meanBias' | 'logVarKernel' | 'logVarBias', Weight> | undefined;

  /** The name in saved models. */
  static get className(): string {
    return 'TfjsVaeGaussianHead';
  }

  constructor(options: GaussianHeadOptions) {
    checkKeys('GaussianHead', options, [...LAYER_KEYS, 'units', 'logVarRange', 'seed'], {}, ['units']);
    super(options);
    const { units, logVarRange = [-10, 10] } = options;
    checkCount('GaussianHead', 'units', units);
    if (logVarRange !== false && !isRange(logVarRange)) {
      throw new Error(
        `GaussianHead: logVarRange must be [low, high] with low < high, or false, got ${JSON.stringify(logVarRange)}`,
      );
    }
    this.units = units;
    this.logVarRange = logVarRange;
    this.seed = resolveSeed('GaussianHead', options.seed);
  }

  override build(inputShape: Shapes): void {
    const features = featureCount(inputShape);
    const rng = new Rng(this.seed);
    const kernel = (name: string) => {
      const initializer = tf.initializers.glorotUniform({ seed: rng.fork(name).seed() });
      return this.addWeight(name, [features, this.units], 'float32', initializer);
    };
    const bias = (name: string) => this.addWeight(name, [this.units], 'float32', tf.initializers.zeros());
    this.kernels = {
      meanKernel: kernel('meanKernel'),
      meanBias: bias('meanBias'),
      logVarKernel: kernel('logVarKernel'),
      logVarBias: bias('logVarBias'),
    };
    this.inputSpec = [new tf.InputSpec({ shape: [null, ...(inputShape as Shape).slice(1)] })];
    this.built = true;
  }

  /** `[mean, logVar]`, `[batch, units]` each. */
  override apply(features: tf.SymbolicTensor, kwargs?: Kwargs): SymbolicMoments;
  /** `[mean, logVar]`, `[batch, units]` each. */
  override apply(features: tf.Tensor, kwargs?: Kwargs): Moments;
  override apply(features: tf.SymbolicTensor | tf.Tensor, kwargs?: Kwargs): SymbolicMoments | Moments {
    return super.apply(features, kwargs) as SymbolicMoments | Moments;
  }

  override call(inputs: tf.Tensor | tf.Tensor[], _kwargs?: Kwargs): tf.Tensor[] {
    return tf.tidy(() => {
      const x = singleInput('GaussianHead', inputs);
      const { meanKernel, meanBias, logVarKernel, logVarBias } = this.kernels!;
      const features = tf.reshape(x, [x.shape[0]!, meanKernel.shape[0]!]) as tf.Tensor2D;
      const mean = linear(features, meanKernel, meanBias);
      const logVar = linear(features, logVarKernel, logVarBias);
      return [mean, this.logVarRange ? softClip(logVar, ...this.logVarRange) : logVar];
    });
  }

  override computeOutputShape(inputShape: Shapes): Shape[] {
    const batch = (isShapeList(inputShape) ? inputShape[0]! : inputShape)[0]!;
    return [
      [batch, this.units],
      [batch, this.units],
    ];
  }

  override getConfig(): tf.serialization.ConfigDict {
    const range = this.logVarRange && [...this.logVarRange];
    return { ...super.getConfig(), units: this.units, logVarRange: range, seed: this.seed };
  }
}

type Weight = ReturnType<tf.layers.Layer['addWeight']>;

function linear(x: tf.Tensor2D, kernel: Weight, bias: Weight): tf.Tensor {
  return tf.fused.matMul({ a: x, b: kernel.read() as tf.Tensor2D, bias: bias.read() });
}

function isRange(range: readonly number[]): boolean {
  return Array.isArray(range) && range.length === 2 && range.every(Number.isFinite) && range[0]! < range[1]!;
}

function featureCount(inputShape: Shapes): number {
  const one = !isShapeList(inputShape);
  const features = one ? inputShape.slice(1) : [];
  if (!one || features.length === 0 || features.some(size => size == null)) {
    const got = one ? showShape(inputShape) : inputShape.map(showShape).join(' and ');
    throw new Error(`GaussianHead: features must be one tensor [batch, n] with n known, got ${got}`);
  }
  return features.reduce<number>((product, size) => product * size!, 1);
}
