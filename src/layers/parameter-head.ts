import * as tf from '@tensorflow/tfjs';
import { checkCounts } from '../ops/check';
import { checkKeys } from '../ops/check-keys';
import { Rng } from '../random/rng';
import { isShapeList, LAYER_KEYS, resolveSeed, showShape, singleInput } from './layer-checks';
import type { Kwargs, LayerArgs, Shape, Shapes } from './layer-types';

/** What `ParameterHead` takes. */
export type ParameterHeadOptions = LayerArgs & {
  /** Numbers of each parameter, in the order of the outputs, such as `{ mean: 20, logVar: 20 }`. */
  sizes: Readonly<Record<string, number>>;
  /** Seed of the kernels; one is drawn when absent, see `layer.seed`. */
  seed?: number;
};

/**
 * The last layer of an encoder: from features to the raw parameters of a posterior, one output for each.
 *
 * `h·W + b` for each parameter; features `h` are `[batch, n]` (more axes are flattened), an output is `[batch, size]`.
 * Weights are called `meanKernel`, `meanBias`, … after their parameter. Kernels are Glorot uniform, biases zero. The links
 * that keep parameters in their domain are the family's. `GaussianHead` is such a head for mean and log-variance.
 *
 * Two heads of one seed start from the same kernels: give each its own.
 *
 * @throws When a size is not a positive integer, `seed` not an integer, or when the size of the features is unknown.
 * @example
 * ```ts
 * const features = tf.input({ shape: [400] });
 * const outputs = new ParameterHead({ sizes: { mean: 20, scaleTril: 210 } }).apply(features) as tf.SymbolicTensor[];
 * const network = tf.model({ inputs: features, outputs });
 * ```
 */
export class ParameterHead extends tf.layers.Layer {
  /** Numbers of each parameter, in the order of the outputs. */
  readonly sizes: Readonly<Record<string, number>>;
  /** The seed in use, also when none was given. */
  readonly seed: number;

  private parameters: { kernel: Weight; bias: Weight }[] = [];

  /** The name in saved models. */
  static get className(): string {
    return 'TfjsVaeParameterHead';
  }

  constructor(options: ParameterHeadOptions) {
    checkKeys('ParameterHead', options, [...LAYER_KEYS, 'sizes', 'seed'], {}, ['sizes']);
    super(options);
    const owner = this.owner();
    checkCounts(owner, 'sizes', Object.values(options.sizes));
    this.sizes = { ...options.sizes };
    this.seed = resolveSeed(owner, options.seed);
  }

  override build(inputShape: Shapes): void {
    const features = featureCount(this.owner(), inputShape);
    const rng = new Rng(this.seed);
    this.parameters = Object.entries(this.sizes).map(([name, size]) => {
      const glorot = tf.initializers.glorotUniform({ seed: rng.fork(`${name}Kernel`).seed() });
      const kernel = this.addWeight(`${name}Kernel`, [features, size], 'float32', glorot);
      return { kernel, bias: this.addWeight(`${name}Bias`, [size], 'float32', tf.initializers.zeros()) };
    });
    this.inputSpec = [new tf.InputSpec({ shape: [null, ...(inputShape as Shape).slice(1)] })];
    this.built = true;
  }

  override call(inputs: tf.Tensor | tf.Tensor[], _kwargs?: Kwargs): tf.Tensor[] {
    return tf.tidy(() => {
      const x = singleInput(this.owner(), inputs);
      const features = tf.reshape(x, [x.shape[0]!, this.parameters[0]!.kernel.shape[0]!]) as tf.Tensor2D;
      return this.parameters.map(({ kernel, bias }) =>
        tf.fused.matMul({ a: features, b: kernel.read() as tf.Tensor2D, bias: bias.read() }),
      );
    });
  }

  override computeOutputShape(inputShape: Shapes): Shape[] {
    const batch = (isShapeList(inputShape) ? inputShape[0]! : inputShape)[0]!;
    return Object.values(this.sizes).map(size => [batch, size]);
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), sizes: { ...this.sizes }, seed: this.seed };
  }

  /** The name of its class, for errors. */
  private owner(): string {
    return this.getClassName().replace('TfjsVae', '');
  }
}

type Weight = ReturnType<tf.layers.Layer['addWeight']>;

function featureCount(owner: string, inputShape: Shapes): number {
  const one = !isShapeList(inputShape);
  const features = one ? inputShape.slice(1) : [];
  if (!one || features.length === 0 || features.some(size => size == null)) {
    const got = one ? showShape(inputShape) : inputShape.map(showShape).join(' and ');
    throw new Error(`${owner}: features must be one tensor [batch, n] with n known, got ${got}`);
  }
  return features.reduce<number>((product, size) => product * size!, 1);
}
