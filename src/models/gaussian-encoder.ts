import type { NormalWithLogVar } from '../distributions/normal';
import { normalFamily } from '../families/normal-family';
import { GaussianHead } from '../layers/gaussian-head';
import { checkKeys } from '../ops/check-keys';
import { drawSeed } from '../random/rng';
import type { PartConfig } from '../variables/saveable-part';
import type { Network } from './network';
import { PosteriorEncoder } from './posterior-encoder';

/** What `GaussianEncoder` takes. */
export type GaussianEncoderOptions = {
  /** x → features (a `GaussianHead` is appended), or x → `[mean, logVar]` (used as it is). */
  network: Network;
  /** Size of the latent vector. */
  latentDim: number;
  /** Range in which the head leaves the log-variance alone; `false` for no bound. Default `[-10, 10]`. */
  logVarRange?: readonly [number, number] | false;
  /** Seed of the head's initial weights. */
  seed?: number;
};

/**
 * An encoder with a Gaussian posterior, `q(z | x) = N(mean(x), diag(e^logVar(x)))`.
 *
 * Kingma & Welling 2014 (arXiv 1312.6114, equation 9). The network is a `tf.LayersModel` or a function with its
 * variables; features of more than one axis are flattened; network and head become one model that runs once a call. It is
 * a `PosteriorEncoder` of `normalFamily()`. The encoder owns the network: `dispose` disposes of it.
 *
 * @example
 * ```ts
 * const encoder = new GaussianEncoder({
 *   network: tf.sequential({ layers: [tf.layers.dense({ inputShape: [784], units: 400, activation: 'relu' })] }),
 *   latentDim: 20,
 * });
 * const { mean, logVar } = encoder.encode(x).params; // [batch, 20] each
 * ```
 */
export class GaussianEncoder extends PosteriorEncoder<NormalWithLogVar> {
  /** The layer that makes mean and log-variance from the features, where the network does not give them itself. */
  declare readonly head: GaussianHead | undefined;

  /** Its name in model files. */
  static override get kind(): string {
    return 'GaussianEncoder';
  }

  /** Builds the encoder from what `config()` gave. */
  static override fromConfig(config: PartConfig): GaussianEncoder {
    return new GaussianEncoder(config as GaussianEncoderOptions);
  }

  /**
   * @param options The network and the latent size.
   * @throws When `latentDim` is not a positive integer, or the outputs of the network do not fit it.
   */
  constructor(options: GaussianEncoderOptions) {
    checkKeys('GaussianEncoder', options, ['network', 'latentDim', 'logVarRange', 'seed'], {}, [
      'network',
      'latentDim',
    ]);
    const { network, latentDim, logVarRange = [-10, 10], seed = drawSeed() } = options;
    // The head bounds the log-variance, also where it is exported without the family.
    const posterior = normalFamily({ logVarRange: false });
    const makeHead = () => new GaussianHead({ units: latentDim, logVarRange, seed });
    super({ network, latentDim, posterior, seed }, 'GaussianEncoder', makeHead);
  }

  /** The options, for `saveVae`. */
  override config(): PartConfig {
    const { network, latentDim, head } = this;
    return { network, latentDim, ...(head && { logVarRange: head.logVarRange }) };
  }
}
