import type * as tf from '@tensorflow/tfjs';
import type { Support } from '../data/support';
import type { Distribution } from '../distributions/distribution';
import { checkFamily } from '../families/check-family';
import { eventShapeOf } from '../families/event-shape';
import type { Family } from '../families/family';
import { checkKeys } from '../ops/check-keys';
import { tidy } from '../ops/tidy';
import type { PartConfig, SaveablePart } from '../variables/saveable-part';
import type { Decoded, DecodeOptions, Decoder } from './decoder';
import { FamilyNetwork } from './family-network';
import { asModule, type Network } from './network';
import { DECODE_KEYS } from './run-network';

/** What `LikelihoodDecoder` takes. */
export type LikelihoodDecoderOptions<P extends Distribution = Distribution> = {
  /**
   * z → the raw parameters of the likelihood, without an activation at the end: one output for each parameter, or one
   * whose last axis holds all of them in their order.
   */
  network: Network;
  /** What the outputs mean, such as `gaussianFamily({ sigma: 'shared' })`. */
  likelihood: Family<P>;
};

/**
 * A decoder of any likelihood, `p(x | z) = likelihood(network(z))`.
 *
 * The shape of x follows from the outputs of the network: `parameters` of the family is searched for the event that takes
 * as many numbers. The decoder owns the network: `dispose` disposes of it.
 *
 * @example
 * ```ts
 * const decoder = new LikelihoodDecoder({
 *   network: tf.sequential({ layers: [tf.layers.dense({ inputShape: [20], units: 2 * 784 })] }),
 *   likelihood: gaussianFamily({ sigma: 'perElement' }),
 * });
 * const pixels = decoder.decode(z).mean(); // [batch, 784]
 * ```
 */
export class LikelihoodDecoder<P extends Distribution = Distribution>
  extends FamilyNetwork<P>
  implements Decoder<P>, SaveablePart
{
  /** The family as it was given. */
  readonly likelihood: Family<P>;

  /** Its name in model files. */
  static get kind(): string {
    return 'LikelihoodDecoder';
  }

  /** Builds the decoder from what `config()` gave. */
  static fromConfig(config: PartConfig): LikelihoodDecoder {
    return new LikelihoodDecoder(config as LikelihoodDecoderOptions);
  }

  /**
   * @param options The network and the likelihood.
   * @param owner Begins the errors.
   * @throws When the outputs of the network are not the parameters of the likelihood for any event.
   */
  constructor(options: LikelihoodDecoderOptions<P>, owner = 'LikelihoodDecoder') {
    checkKeys(owner, options, ['network', 'likelihood'], {}, ['network', 'likelihood']);
    const { network, likelihood } = options;
    checkFamily(owner, 'likelihood', likelihood);
    const module = asModule(owner, network);
    super({ owner, network, module, family: likelihood, event: eventShapeOf(owner, likelihood, module.outputShapes) });
    this.likelihood = likelihood;
  }

  get latentShape(): readonly (number | null)[] {
    return this.parts.module.inputShapes[0]!;
  }

  get outputShape(): readonly (number | null)[] {
    return this.parts.event;
  }

  get support(): Support {
    return this.likelihood.support ?? 'real';
  }

  get missing(): boolean {
    return this.likelihood.missing ?? false;
  }

  /**
   * `p(x | z)` for a batch.
   *
   * @param z `[batch, latentDim]` or `[samples, batch, latentDim]`.
   * @throws When z does not fit the network, or a condition is missing or not wanted.
   */
  decode(z: tf.Tensor, options: DecodeOptions = {}): P {
    return this.run('decode', 'z', z, options, DECODE_KEYS);
  }

  decodeWithUpdates(z: tf.Tensor, options: DecodeOptions): Decoded<P> {
    return tidy(() => {
      const likelihood = this.decode(z, options);
      return { likelihood, updates: this.updates(likelihood, options) };
    });
  }

  /** The options, for `saveVae`. */
  config(): PartConfig {
    return { network: this.network, likelihood: this.likelihood };
  }
}
