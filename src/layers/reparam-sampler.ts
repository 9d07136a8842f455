import * as tf from '@tensorflow/tfjs';
import { checkKeys } from '../ops/check-keys';
import { Rng } from '../random/rng';
import { LAYER_KEYS, momentsInput, momentsShape, resolveSeed, stepNoise } from './layer-checks';
import type { Kwargs, LayerArgs, Moments, Shape, Shapes, SymbolicMoments } from './layer-types';

/** What `ReparamSampler` takes. */
export type ReparamSamplerOptions = LayerArgs & {
  /** Seed of the noise; one is drawn when absent, see `layer.seed`. */
  seed?: number;
  /** What a call without `training` gives: a sample (default), or the mean. */
  inference?: 'sample' | 'mean';
};

/**
 * Draws z from q(z|x) with a gradient into both parameters: `z = mean + exp(½·logVar)·ε`, `ε ~ N(0, I)`.
 *
 * It takes `[mean, logVar]`, both of one shape, and gives z of that shape (Kingma & Welling 2014, arXiv 1312.6114,
 * section 2.4). Every call draws fresh noise, which is a function of the seed, the name of the layer and the number of
 * the call. Calls with `training: true` and all others (`predict`) draw from two streams, so predicting never shifts
 * training. tfjs's default names count up within a process: name the layer where runs must repeat.
 *
 * tfjs runs a nested model once for each of its outputs: let an encoder give `[mean, logVar]`, and sample outside of it.
 *
 * @throws When `seed` is not an integer, `inference` neither `'sample'` nor `'mean'`, or mean and logVar differ in shape.
 * @example
 * ```ts
 * const [mean, logVar] = new GaussianHead({ units: 20 }).apply(tf.input({ shape: [400] }));
 * const z = new ReparamSampler({ seed: 7, name: 'z' }).apply([mean, logVar]);
 * ```
 */
export class ReparamSampler extends tf.layers.Layer {
  /** The seed in use, also when none was given. */
  readonly seed: number;
  /** What a call without `training` gives. */
  readonly inference: 'sample' | 'mean';

  private readonly trainNoise: Rng;
  private readonly predictNoise: Rng;

  /** The name in saved models. */
  static get className(): string {
    return 'TfjsVaeReparamSampler';
  }

  constructor(options: ReparamSamplerOptions = {}) {
    checkKeys('ReparamSampler', options, [...LAYER_KEYS, 'seed', 'inference']);
    super(options);
    const inference = options.inference ?? 'sample';
    if (inference !== 'sample' && inference !== 'mean') {
      throw new Error(`ReparamSampler: inference must be 'sample' or 'mean', got ${JSON.stringify(inference)}`);
    }
    this.inference = inference;
    this.seed = resolveSeed('ReparamSampler', options.seed);
    const rng = new Rng(this.seed).fork(this.name);
    this.trainNoise = rng.fork('train');
    this.predictNoise = rng.fork('predict');
  }

  override build(inputShape: Shapes): void {
    momentsShape('ReparamSampler', inputShape);
    this.built = true;
  }

  /** z, of the shape of the mean. */
  override apply(moments: SymbolicMoments, kwargs?: Kwargs): tf.SymbolicTensor;
  /** z, of the shape of the mean. */
  override apply(moments: Moments, kwargs?: Kwargs): tf.Tensor;
  override apply(moments: SymbolicMoments | Moments, kwargs?: Kwargs): tf.SymbolicTensor | tf.Tensor {
    return super.apply(moments, kwargs) as tf.SymbolicTensor | tf.Tensor;
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: Kwargs = {}): tf.Tensor {
    const [mean, logVar] = momentsInput('ReparamSampler', inputs);
    const training = Boolean(kwargs['training']);
    if (!training && this.inference === 'mean') return tf.clone(mean);
    return tf.tidy(() => {
      const own = training ? this.trainNoise : this.predictNoise;
      const noise = (stepNoise(kwargs) ?? own).normal(mean.shape);
      return tf.add(mean, tf.mul(tf.exp(tf.mul(0.5, logVar)), noise));
    });
  }

  override computeOutputShape(inputShape: Shapes): Shape {
    return momentsShape('ReparamSampler', inputShape);
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), seed: this.seed, inference: this.inference };
  }
}
