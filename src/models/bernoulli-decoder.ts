import type * as tf from '@tensorflow/tfjs';
import { Bernoulli } from '../distributions/bernoulli';
import { checkKeys } from '../ops/check-keys';
import type { PartConfig, SaveablePart } from '../variables/saveable-part';
import type { Variables } from '../variables/variables';
import type { Decoded, DecodeOptions, Decoder } from './decoder';
import { asModule, isLayersModel, type Module, type Network } from './network';
import { DECODE_KEYS, outputRank, runNetwork } from './run-network';

/** What `BernoulliDecoder` takes. */
export type BernoulliDecoderOptions = {
  /** z → logits, which have the shape of x. It must not end in a sigmoid. */
  network: Network;
};

/**
 * A decoder for binary data, `p(x | z) = Bernoulli(sigmoid(network(z)))`.
 *
 * Kingma & Welling 2014 (arXiv 1312.6114, appendix C.1), from logits. x must lie in [0, 1]; for grey levels see
 * `Bernoulli`. The decoder owns the network: `dispose` disposes of it.
 *
 * @example
 * ```ts
 * const decoder = new BernoulliDecoder({
 *   network: tf.sequential({ layers: [tf.layers.dense({ inputShape: [20], units: 784 })] }),
 * });
 * const pixels = decoder.decode(z).mean(); // [batch, 784]
 * ```
 */
export class BernoulliDecoder implements Decoder<Bernoulli>, SaveablePart {
  readonly support = 'unitInterval';
  readonly perExample = true;
  /** The network as it was given. */
  readonly network: Network;
  private readonly module: Module;

  /** Its name in model files. */
  static get kind(): string {
    return 'BernoulliDecoder';
  }

  /** Builds the decoder from what `config()` gave. */
  static fromConfig(config: PartConfig): BernoulliDecoder {
    return new BernoulliDecoder(config as BernoulliDecoderOptions);
  }

  /**
   * @param options The network.
   * @throws When the network has more than one output, or ends in a sigmoid.
   */
  constructor(options: BernoulliDecoderOptions) {
    checkKeys('BernoulliDecoder', options, ['network'], {}, ['network']);
    const { network } = options;
    this.network = network;
    this.module = asModule('BernoulliDecoder', network);
    if (this.module.outputShapes.length !== 1) {
      throw new Error('BernoulliDecoder: network must have one output, the logits, got 2');
    }
    const last = isLayersModel(network) ? network.layers.at(-1)?.getConfig()['activation'] : undefined;
    if (last === 'sigmoid') {
      throw new Error(
        'BernoulliDecoder: network ends in a sigmoid, but its output is taken as logits; leave it linear',
      );
    }
  }

  get latentShape(): readonly (number | null)[] {
    return this.module.inputShapes[0]!;
  }

  get outputShape(): readonly (number | null)[] {
    return this.module.outputShapes[0]!;
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
  decode(z: tf.Tensor, options: DecodeOptions = {}): Bernoulli {
    checkKeys('BernoulliDecoder.decode', options, DECODE_KEYS);
    const [logits] = runNetwork('BernoulliDecoder.decode', 'z', this.module, z, options);
    return new Bernoulli({ logits: logits!, eventRank: outputRank(this.module) });
  }

  decodeWithUpdates(z: tf.Tensor, options: DecodeOptions): Decoded<Bernoulli> {
    return { likelihood: this.decode(z, options), updates: [] };
  }

  variables(): Variables {
    return this.module.variables();
  }

  trainableVariables(): tf.Variable[] {
    return this.module.trainableVariables();
  }

  /** The options, for `saveVae`. */
  config(): PartConfig {
    return { network: this.network };
  }

  dispose(): void {
    this.module.dispose();
  }
}
