import type { Normal } from '../distributions/normal';
import { type GaussianFamilyOptions, gaussianFamily } from '../families/gaussian-family';
import { checkKeys } from '../ops/check-keys';
import type { PartConfig } from '../variables/saveable-part';
import { LikelihoodDecoder } from './likelihood-decoder';
import { isLayersModel, type Network } from './network';

/** What `GaussianDecoder` takes. */
export type GaussianDecoderOptions = GaussianFamilyOptions & {
  /**
   * z → mean, of the shape of x. With `sigma: 'perElement'` either `[mean, logVar]`, or one output whose last axis is
   * twice that of x: the mean in its first half, the log-variance in its second.
   */
  network: Network;
};

/**
 * A decoder for real data, `p(x | z) = N(mean(z), σ²)`.
 *
 * The negative log-likelihood is `Σ [(x − μ)²/2σ² + log σ + ½ log 2π]`, in nats, constants included. `'optimal'` takes
 * σ² = the mean squared error of the batch while training (Rybkin et al. 2021, arXiv 2006.13202, equation 6), and
 * otherwise that of the training set, which `fit` measures at the end of each epoch; a running average over the training
 * batches stands in for it until then, and for streams. It couples the batch and cannot be used with several samples.
 * It is a `LikelihoodDecoder` of `gaussianFamily({ … })`. The decoder owns the network: `dispose` disposes of it.
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
export class GaussianDecoder extends LikelihoodDecoder<Normal> {
  /** Its name in model files. */
  static override get kind(): string {
    return 'GaussianDecoder';
  }

  /** Builds the decoder from what `config()` gave. */
  static override fromConfig(config: PartConfig): GaussianDecoder {
    return new GaussianDecoder(config as GaussianDecoderOptions);
  }

  /** @throws When an option is out of range, or the outputs of the network do not fit `sigma`. */
  constructor(options: GaussianDecoderOptions) {
    checkKeys('GaussianDecoder', options, ['network', 'sigma', 'mean', 'sigmaFloor'], {}, ['network', 'sigma']);
    const { network, ...rest } = options;
    const likelihood = gaussianFamily(rest, 'GaussianDecoder');
    const outputs = isLayersModel(network) ? network.outputs : network.outputShapes;
    if (rest.sigma !== 'perElement' && outputs?.length === 2) {
      throw new Error("GaussianDecoder: two outputs need sigma: 'perElement'");
    }
    super({ network, likelihood }, 'GaussianDecoder');
  }

  /** The options, for `saveVae`. */
  override config(): PartConfig {
    return { network: this.network, ...this.likelihood.config() };
  }
}
