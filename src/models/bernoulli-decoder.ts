import type { Bernoulli } from '../distributions/bernoulli';
import { bernoulliFamily } from '../families/bernoulli-family';
import { checkKeys } from '../ops/check-keys';
import type { PartConfig } from '../variables/saveable-part';
import { LikelihoodDecoder } from './likelihood-decoder';
import { isLayersModel, type Network } from './network';

/** What `BernoulliDecoder` takes. */
export type BernoulliDecoderOptions = {
  /** z → logits, which have the shape of x. It must not end in a sigmoid. */
  network: Network;
};

/**
 * A decoder for binary data, `p(x | z) = Bernoulli(sigmoid(network(z)))`.
 *
 * Kingma & Welling 2014 (arXiv 1312.6114, appendix C.1), from logits. x must lie in [0, 1]; for grey levels see
 * `Bernoulli`. It is a `LikelihoodDecoder` of `bernoulliFamily()`. The decoder owns the network: `dispose` disposes of it.
 *
 * @example
 * ```ts
 * const decoder = new BernoulliDecoder({
 *   network: tf.sequential({ layers: [tf.layers.dense({ inputShape: [20], units: 784 })] }),
 * });
 * const pixels = decoder.decode(z).mean(); // [batch, 784]
 * ```
 */
export class BernoulliDecoder extends LikelihoodDecoder<Bernoulli> {
  /** Its name in model files. */
  static override get kind(): string {
    return 'BernoulliDecoder';
  }

  /** Builds the decoder from what `config()` gave. */
  static override fromConfig(config: PartConfig): BernoulliDecoder {
    return new BernoulliDecoder(config as BernoulliDecoderOptions);
  }

  /**
   * @param options The network.
   * @throws When the network has more than one output, or ends in a sigmoid.
   */
  constructor(options: BernoulliDecoderOptions) {
    checkKeys('BernoulliDecoder', options, ['network'], {}, ['network']);
    const { network } = options;
    super({ network, likelihood: bernoulliFamily() }, 'BernoulliDecoder');
    const last = isLayersModel(network) ? network.layers.at(-1)?.getConfig()['activation'] : undefined;
    if (last === 'sigmoid') {
      throw new Error(
        'BernoulliDecoder: network ends in a sigmoid, but its output is taken as logits; leave it linear',
      );
    }
  }

  /** The options, for `saveVae`. */
  override config(): PartConfig {
    return { network: this.network };
  }
}
