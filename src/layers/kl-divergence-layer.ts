import * as tf from '@tensorflow/tfjs';
import { checkKeys } from '../ops/check-keys';
import { expm1MinusX } from '../ops/expm1-minus-x';
import { LAYER_KEYS, momentsInput, momentsShape } from './layer-checks';
import type { Kwargs, LayerArgs, Moments, Shape, Shapes, SymbolicMoments } from './layer-types';

/** What `KlDivergenceLayer` takes. */
export type KlDivergenceLayerOptions = LayerArgs & {
  /** Weight of the KL in the loss; default 1. */
  beta?: number;
};

/**
 * Passes `[mean, logVar]` on unchanged and adds β·KL(q(z|x) ‖ N(0, I)) to the loss of a model trained by `fit`.
 *
 * `KL = ½ Σ (mean² + exp(logVar) − 1 − logVar)`, summed over the latent dimensions and averaged over the batch: nats per
 * example (Kingma & Welling 2014, arXiv 1312.6114, appendix B). Mean and logVar are `[batch, latentDim]`.
 *
 * Three things to know about `LayersModel`:
 * - its named losses average over the pixels; beside them, the KL counts too much by a factor of the number of pixels.
 *   Compile with a loss that sums over the pixels, as below.
 * - the penalty is in `loss` and in the gradient, but tfjs leaves it out of `val_loss` and of `evaluate`.
 * - the penalty of a training call is one scalar, held until the train step takes it. In a loop of your own nobody
 *   takes it (use `klStandardNormal` there); the next training call or `dispose` frees it.
 *
 * @throws When `beta` is negative or not finite, when mean and logVar differ in shape, or when the layer is applied at
 * two places of a model, since it could not tell them apart.
 * @example
 * ```ts
 * const x = tf.input({ shape: [784] });
 * const [mean, logVar] = new KlDivergenceLayer().apply(new GaussianHead({ units: 2 }).apply(x));
 * const z = new ReparamSampler().apply([mean, logVar]);
 * const logits = tf.layers.dense({ units: 784 }).apply(z) as tf.SymbolicTensor;
 * const model = tf.model({ inputs: x, outputs: logits });
 * const nll = (pixels: tf.Tensor, l: tf.Tensor) => tf.sum(tf.sub(tf.softplus(l), tf.mul(l, pixels)), -1);
 * model.compile({ optimizer: tf.train.adam(1e-3, 0.9, 0.999, 1e-7), loss: nll });
 * ```
 */
export class KlDivergenceLayer extends tf.layers.Layer {
  private weight = 1;
  // Kept across the tidy of a nested model, which would dispose of it before the loss is added up.
  private penalty: tf.Scalar | undefined;

  /** The name in saved models. */
  static get className(): string {
    return 'TfjsVaeKlDivergence';
  }

  constructor(options: KlDivergenceLayerOptions = {}) {
    checkKeys('KlDivergenceLayer', options, [...LAYER_KEYS, 'beta']);
    super(options);
    this.beta = options.beta ?? 1;
    this.addLoss(() => this.takePenalty());
  }

  /** Weight of the KL; may be set between batches, to anneal it from a callback. */
  get beta(): number {
    return this.weight;
  }

  /** Weight of the KL. */
  set beta(beta: number) {
    if (!(beta >= 0 && Number.isFinite(beta))) {
      throw new Error(`KlDivergenceLayer: beta must be a finite number, 0 or more, got ${beta}`);
    }
    this.weight = beta;
  }

  override build(inputShape: Shapes): void {
    momentsShape('KlDivergenceLayer', inputShape);
    this.built = true;
  }

  /** `[mean, logVar]` as they came. */
  override apply(moments: SymbolicMoments, kwargs?: Kwargs): SymbolicMoments;
  /** `[mean, logVar]` as they came. */
  override apply(moments: Moments, kwargs?: Kwargs): Moments;
  override apply(moments: SymbolicMoments | Moments, kwargs?: Kwargs): SymbolicMoments | Moments {
    if (this.inboundNodes.length > 0 && Array.isArray(moments) && 'sourceLayer' in moments[0]) {
      throw new Error('KlDivergenceLayer: applied at a second place of a model; make a layer for each place');
    }
    return super.apply(moments, kwargs) as SymbolicMoments | Moments;
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: Kwargs = {}): tf.Tensor[] {
    const [mean, logVar] = momentsInput('KlDivergenceLayer', inputs);
    if (kwargs['training']) {
      // tfjs calls a layer once for each of its outputs: the last call of a step stands for all.
      this.release();
      this.penalty = tf.keep(tf.tidy(() => tf.mul(this.weight, meanKl(mean, logVar)) as tf.Scalar));
    }
    return [tf.clone(mean), tf.clone(logVar)];
  }

  override computeOutputShape(inputShape: Shapes): Shape[] {
    const shape = momentsShape('KlDivergenceLayer', inputShape);
    return [shape, shape];
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), beta: this.weight };
  }

  override dispose(): ReturnType<tf.layers.Layer['dispose']> {
    this.release();
    return super.dispose();
  }

  /** The train step adds up the losses after the forward pass, inside of the same gradient. */
  private takePenalty(): tf.Scalar {
    if (!this.penalty) {
      throw new Error(
        `KlDivergenceLayer: no training call since the loss of ${this.name} was last taken; call the model with { training: true }, and a nested model at one place only`,
      );
    }
    const penalty = tf.clone(this.penalty);
    this.release();
    return penalty;
  }

  private release(): void {
    this.penalty?.dispose();
    this.penalty = undefined;
  }
}

function meanKl(mean: tf.Tensor, logVar: tf.Tensor): tf.Scalar {
  const latentAxes = mean.shape.slice(1).map((_, i) => i + 1);
  const twice = tf.sum(tf.add(tf.square(mean), expm1MinusX(logVar)), latentAxes);
  return tf.mean(tf.mul(0.5, twice)) as tf.Scalar;
}
