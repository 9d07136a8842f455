import * as tf from '@tensorflow/tfjs';
import { Normal } from '../distributions/normal';
import { checkKeys } from '../ops/check-keys';
import { meanOverExamples } from '../ops/mean-over-examples';
import { stopGradient } from '../ops/stop-gradient';
import { tidy } from '../ops/tidy';
import type { PartConfig, SaveablePart } from '../variables/saveable-part';
import type { Variables } from '../variables/variables';
import { prefixed } from '../variables/variables';
import type { Decoded, DecodeOptions, Decoder } from './decoder';
import { asModule, type Module, type Network } from './network';
import { DECODE_KEYS, outputRank, runNetwork } from './run-network';
import { type BatchError, fixedSigma, flooredVariance, optimalSigma, type Sigma, sharedSigma } from './sigma';

/** What `GaussianDecoder` takes. */
export type GaussianDecoderOptions = {
  /**
   * z → mean, of the shape of x. With `sigma: 'perElement'` either `[mean, logVar]`, or one output whose last axis is
   * twice that of x: the mean in its first half, the log-variance in its second.
   */
  network: Network;
  /** A number, one learned σ (`'shared'`), one per element (`'perElement'`), or the best one (`'optimal'`). */
  sigma: number | 'shared' | 'perElement' | 'optimal';
  /** `'sigmoid'` keeps the mean in [0, 1], which images want. Default `'linear'`. */
  mean?: 'linear' | 'sigmoid';
  /** The lower bound of a learned or optimal σ: densities on exact 0/1 pixels are unbounded. Default 1e-3. */
  sigmaFloor?: number;
};

/**
 * A decoder for real data, `p(x | z) = N(mean(z), σ²)`.
 *
 * The negative log-likelihood is `Σ [(x − μ)²/2σ² + log σ + ½ log 2π]`, in nats, constants included. `'optimal'` takes
 * σ² = the mean squared error of the batch while training (Rybkin et al. 2021, arXiv 2006.13202, equation 6), and
 * otherwise that of the training set, which `fit` measures at the end of each epoch; a running average over the training
 * batches stands in for it until then, and for streams. It couples the batch and cannot be used with several samples.
 * The decoder owns the network: `dispose` disposes of it.
 *
 * @example
 * ```ts
 * const decoder = new GaussianDecoder({
 *   network: tf.sequential({ layers: [tf.layers.dense({ inputShape: [20], units: 784 })] }),
 *   sigma: 'optimal',
 *   mean: 'sigmoid',
 * });
 * const likelihood = decoder.decode(z); // mean() and variance() are [batch, 784]
 * ```
 */
export class GaussianDecoder implements Decoder<Normal>, SaveablePart {
  readonly support = 'real';
  readonly outputShape: readonly (number | null)[];
  /** The network as it was given. */
  readonly network: Network;
  private readonly module: Module;
  /** Absent where σ comes from the network. */
  private readonly sigma: Sigma | undefined;
  private readonly floor: number;
  private readonly squash: boolean;
  private readonly sigmaOption: GaussianDecoderOptions['sigma'];

  /** Its name in model files. */
  static get kind(): string {
    return 'GaussianDecoder';
  }

  /** Builds the decoder from what `config()` gave. */
  static fromConfig(config: PartConfig): GaussianDecoder {
    return new GaussianDecoder(config as GaussianDecoderOptions);
  }

  /** @throws When an option is out of range, or the outputs of the network do not fit `sigma`. */
  constructor(options: GaussianDecoderOptions) {
    checkKeys('GaussianDecoder', options, ['network', 'sigma', 'mean', 'sigmaFloor'], {}, ['network', 'sigma']);
    const { network, sigma, mean = 'linear', sigmaFloor = 1e-3 } = options;
    if (mean !== 'linear' && mean !== 'sigmoid') {
      throw new Error(`GaussianDecoder: mean must be 'linear' or 'sigmoid', got '${mean}'`);
    }
    if (!(Number.isFinite(sigmaFloor) && sigmaFloor >= 0)) {
      throw new Error(`GaussianDecoder: sigmaFloor must be 0 or more, got ${sigmaFloor}`);
    }
    this.network = network;
    this.module = asModule('GaussianDecoder', network);
    this.squash = mean === 'sigmoid';
    this.floor = sigmaFloor;
    this.sigmaOption = sigma;
    this.outputShape = meanShape(this.module, sigma === 'perElement');
    this.sigma = sigmaOf(sigma, sigmaFloor);
  }

  get perExample(): boolean {
    return this.sigma?.perExample ?? true;
  }

  get latentShape(): readonly (number | null)[] {
    return this.module.inputShapes[0]!;
  }

  get conditional(): boolean {
    return this.module.inputShapes.length === 2;
  }

  /**
   * `p(x | z)` for a batch.
   *
   * @param z `[batch, latentDim]` or `[samples, batch, latentDim]`.
   * @throws When z does not fit the network, or a condition is missing or not wanted.
   */
  decode(z: tf.Tensor, options: DecodeOptions = {}): Normal {
    return tidy(() => this.decodeWithUpdates(z, options).likelihood);
  }

  decodeWithUpdates(z: tf.Tensor, options: DecodeOptions): Decoded<Normal> {
    checkKeys('GaussianDecoder.decode', options, DECODE_KEYS);
    const outputs = runNetwork('GaussianDecoder.decode', 'z', this.module, z, options);
    const eventRank = outputRank(this.module);
    if (!this.sigma) {
      const [raw, logVar] = outputs.length === 2 ? outputs : tf.split(outputs[0]!, 2, -1);
      const mean = this.bound(raw!);
      return {
        likelihood: new Normal({ mean, logVar: tf.log(flooredVariance(logVar!, this.floor)), eventRank }),
        updates: [],
      };
    }
    const mean = this.bound(outputs[0]!);
    const { target } = options;
    const learns = options.training || options.calibration !== undefined;
    if (learns && target && !this.perExample && mean.rank > target.rank) {
      throw new Error(
        "GaussianDecoder: sigma 'optimal' is the error of one sample per example; take samples: 1 or another sigma",
      );
    }
    // Detached before the mean: with 16-bit floats tfjs's gradient of a mean over 65,504 elements or more is NaN.
    const compare = learns && target ? () => squaredError(target, stopGradient(mean), options) : undefined;
    const { scale, updates } = this.sigma.scale(compare, options.calibration);
    return { likelihood: new Normal({ mean, scale, eventRank }), updates };
  }

  variables(): Variables {
    return { ...this.module.variables(), ...prefixed('sigma', this.sigma?.variables ?? {}) };
  }

  trainableVariables(): tf.Variable[] {
    const own = Object.values(this.sigma?.variables ?? {}).filter(v => v.trainable);
    return [...this.module.trainableVariables(), ...own];
  }

  /** The options, for `saveVae`. */
  config(): PartConfig {
    const mean = this.squash ? 'sigmoid' : 'linear';
    return { network: this.network, sigma: this.sigmaOption, mean, sigmaFloor: this.floor };
  }

  dispose(): void {
    this.module.dispose();
    for (const v of Object.values(this.sigma?.variables ?? {})) v.dispose();
  }

  private bound(mean: tf.Tensor): tf.Tensor {
    return this.squash ? tf.sigmoid(mean) : mean;
  }
}

function sigmaOf(sigma: GaussianDecoderOptions['sigma'], floor: number): Sigma | undefined {
  if (sigma === 'shared') return sharedSigma(floor);
  if (sigma === 'optimal') return optimalSigma(floor);
  if (sigma === 'perElement') return undefined;
  if (!(typeof sigma === 'number' && Number.isFinite(sigma) && sigma > 0)) {
    throw new Error(
      `GaussianDecoder: sigma must be a positive number, 'shared', 'perElement' or 'optimal', got ${JSON.stringify(sigma)}`,
    );
  }
  return fixedSigma(sigma);
}

function meanShape({ outputShapes }: Module, perElement: boolean): readonly (number | null)[] {
  const [first, second] = outputShapes;
  if (!perElement && second) throw new Error("GaussianDecoder: two outputs need sigma: 'perElement'");
  if (second && String(first) !== String(second)) {
    throw new Error(
      `GaussianDecoder: mean and logVar of the network must have one shape, got [batch, ${first}] and [batch, ${second}]`,
    );
  }
  if (!perElement || second) return first!;
  const last = first!.at(-1);
  if (typeof last !== 'number' || last % 2 !== 0) {
    throw new Error(
      `GaussianDecoder: with sigma 'perElement' the last axis holds mean and log-variance, so its size must be even, got [batch, ${first}]`,
    );
  }
  return [...first!.slice(0, -1), last / 2];
}

/** The mean over the elements that count, each as much as its example does. */
function squaredError(target: tf.Tensor, mean: tf.Tensor, { mask, weights }: DecodeOptions): ReturnType<BatchError> {
  const examples = target.shape[0]!;
  return tidy(() => {
    const errors = tf.squaredDifference(target, mean);
    if (!mask && !weights) return { mean: tf.mean(errors), examples };
    const ofExample = weights && tf.reshape(weights, [-1, ...Array<number>(target.rank - 1).fill(1)]);
    const shares = mask && ofExample ? tf.mul(mask, ofExample) : (mask ?? ofExample!);
    const ofElement = tf.broadcastTo(shares, target.shape);
    return {
      mean: meanOverExamples(tf.reshape(errors, [-1]), tf.reshape(ofElement, [-1])),
      examples: tf.mul(tf.mean(ofElement), examples),
    };
  });
}
