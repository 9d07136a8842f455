import * as tf from '@tensorflow/tfjs';
import { checkKeys } from '../ops/check-keys';
import { Rng } from '../random/rng';
import { LAYER_KEYS, resolveSeed, singleInput, stepNoise } from './layer-checks';
import type { Kwargs, LayerArgs, Shapes } from './layer-types';

/** What `Dropout` takes. */
export type DropoutOptions = LayerArgs & {
  /** Share of the units that is dropped, in [0, 1). */
  rate: number;
  /** Seed of the masks; one is drawn when absent, see `layer.seed`. */
  seed?: number;
  /** Shape of the mask: 1 shares the mask along an axis, `null` takes the size of the input. */
  noiseShape?: readonly (number | null)[];
};

/**
 * Dropout with a fresh mask at every training call, reproducible by seed and layer name.
 *
 * `y = x·m / (1 − rate)`, `m ~ Bernoulli(1 − rate)`, when `training` is true, and `y = x` otherwise; `x` of any shape
 * (Srivastava et al. 2014, JMLR 15). `tf.layers.dropout` with a seed repeats one mask for ever, and without one no run
 * can be repeated. tfjs's default names count up within a process: name the layer where runs must repeat.
 *
 * @throws When `rate` is outside [0, 1), `seed` is not an integer, or `noiseShape` does not broadcast to the input.
 * @example
 * ```ts
 * const drop = new Dropout({ rate: 0.2, seed: 7, name: 'drop' });
 * const hidden = drop.apply(tf.input({ shape: [400] }));
 * ```
 */
export class Dropout extends tf.layers.Layer {
  /** Share of the units that is dropped. */
  readonly rate: number;
  /** The seed in use, also when none was given. */
  readonly seed: number;
  /** Shape of the mask, where it is not that of the input. */
  readonly noiseShape: readonly (number | null)[] | undefined;

  private readonly noise: Rng;

  /** The name in saved models. */
  static get className(): string {
    return 'TfjsVaeDropout';
  }

  constructor(options: DropoutOptions) {
    checkKeys('Dropout', options, [...LAYER_KEYS, 'rate', 'seed', 'noiseShape'], {}, ['rate']);
    super(options);
    const { rate } = options;
    if (!(rate >= 0 && rate < 1)) throw new Error(`Dropout: rate must be in [0, 1), got ${rate}`);
    this.rate = rate;
    this.seed = resolveSeed('Dropout', options.seed);
    this.noiseShape = options.noiseShape ?? undefined;
    this.noise = new Rng(this.seed).fork(this.name);
  }

  /** `x` with its mask, in a model or on a tensor. */
  override apply(x: tf.SymbolicTensor, kwargs?: Kwargs): tf.SymbolicTensor;
  /** `x` with its mask, in a model or on a tensor. */
  override apply(x: tf.Tensor, kwargs?: Kwargs): tf.Tensor;
  override apply(x: tf.SymbolicTensor | tf.Tensor, kwargs?: Kwargs): tf.SymbolicTensor | tf.Tensor {
    return super.apply(x, kwargs) as tf.SymbolicTensor | tf.Tensor;
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: Kwargs = {}): tf.Tensor {
    const x = singleInput('Dropout', inputs);
    if (!kwargs['training'] || this.rate === 0) return tf.clone(x);
    return tf.tidy(() => {
      const noise = stepNoise(kwargs) ?? this.noise;
      const kept = tf.greaterEqual(noise.uniform(this.maskShape(x.shape)), this.rate);
      return tf.mul(x, tf.mul(tf.cast(kept, 'float32'), 1 / (1 - this.rate)));
    });
  }

  override computeOutputShape(inputShape: Shapes): Shapes {
    return inputShape;
  }

  override getConfig(): tf.serialization.ConfigDict {
    const noiseShape = this.noiseShape ? [...this.noiseShape] : null;
    return { ...super.getConfig(), rate: this.rate, seed: this.seed, noiseShape };
  }

  private maskShape(shape: readonly number[]): number[] {
    if (!this.noiseShape) return [...shape];
    const mask = this.noiseShape.map((size, i) => size ?? shape[i]!);
    if (mask.length !== shape.length || mask.some((size, i) => size !== 1 && size !== shape[i])) {
      throw new Error(
        `Dropout: noiseShape must have 1, null or the size of the input on each axis of [${shape.join(', ')}], got ${JSON.stringify(this.noiseShape)}`,
      );
    }
    return mask;
  }
}
