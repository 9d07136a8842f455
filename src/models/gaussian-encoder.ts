import * as tf from '@tensorflow/tfjs';
import { Normal, type NormalWithLogVar } from '../distributions/normal';
import { GaussianHead } from '../layers/gaussian-head';
import { checkCount } from '../ops/check';
import { checkKeys } from '../ops/check-keys';
import { drawSeed } from '../random/rng';
import type { PartConfig, SaveablePart } from '../variables/saveable-part';
import type { Variables } from '../variables/variables';
import { prefixed } from '../variables/variables';
import type { Encoder } from './encoder';
import { asModule, type Module, type Network } from './network';
import { CALL_KEYS, type CallOptions, outputRank, runNetwork } from './run-network';

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
 * variables; features of more than one axis are flattened; network and head become one model that runs once a call.
 * The encoder owns the network: `dispose` disposes of it.
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
export class GaussianEncoder implements Encoder<NormalWithLogVar>, SaveablePart {
  readonly latentDim: number;
  /** The network as it was given, without the head. */
  readonly network: Network;
  /** The layer that makes mean and log-variance from the features, where the network does not give them itself. */
  readonly head: GaussianHead | undefined;
  private readonly module: Module;

  /** Its name in model files. */
  static get kind(): string {
    return 'GaussianEncoder';
  }

  /** Builds the encoder from what `config()` gave. */
  static fromConfig(config: PartConfig): GaussianEncoder {
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
    checkCount('GaussianEncoder', 'latentDim', latentDim);
    this.latentDim = latentDim;
    this.network = network;
    const body = asModule('GaussianEncoder', network);
    if (body.outputShapes.length === 2) {
      this.module = body;
      for (const shape of body.outputShapes) {
        if (shape.length !== 1 || shape[0] !== latentDim) {
          throw new Error(
            `GaussianEncoder: mean and logVar of the network must be [batch, ${latentDim}], got [batch, ${shape}]`,
          );
        }
      }
      return;
    }
    this.head = new GaussianHead({ units: latentDim, logVarRange, seed });
    this.module = withHead(body, this.head);
  }

  get inputShape(): readonly (number | null)[] {
    return this.module.inputShapes[0]!;
  }

  get conditional(): boolean {
    return this.module.inputShapes.length === 2;
  }

  /**
   * `q(z | x)` for a batch.
   *
   * @param x `[batch, …event]`.
   * @returns Mean and log-variance are `[batch, latentDim]`; the caller disposes of them.
   * @throws When x does not fit the network, or a condition is missing or not wanted.
   */
  encode(x: tf.Tensor, options: CallOptions = {}): NormalWithLogVar {
    checkKeys('GaussianEncoder.encode', options, CALL_KEYS);
    const [mean, logVar] = runNetwork('GaussianEncoder.encode', 'x', this.module, x, options);
    return new Normal({ mean: mean!, logVar: logVar!, eventRank: outputRank(this.module) }) as NormalWithLogVar;
  }

  variables(): Variables {
    return this.module.variables();
  }

  trainableVariables(): tf.Variable[] {
    return this.module.trainableVariables();
  }

  /** The options, for `saveVae`. */
  config(): PartConfig {
    const { network, latentDim, head } = this;
    return { network, latentDim, ...(head && { logVarRange: head.logVarRange }) };
  }

  dispose(): void {
    this.module.dispose();
  }
}

/**
 * A network and the head behind it. They are run one after the other, since a functional model of tfjs would run a
 * layer of two outputs once for each.
 */
function withHead(body: Module, head: GaussianHead): Module {
  const features = tf.input({ shape: [...body.outputShapes[0]!] });
  const tail = asModule('GaussianEncoder', tf.model({ inputs: features, outputs: head.apply(features) }));
  return {
    inputShapes: body.inputShapes,
    outputShapes: tail.outputShapes,
    run: (inputs, call) => tf.tidy(() => head.apply(body.run(inputs, call)[0]!)),
    variables: () => ({ ...body.variables(), ...prefixed('head', tail.variables()) }),
    trainableVariables: () => [...body.trainableVariables(), ...tail.trainableVariables()],
    dispose() {
      body.dispose();
      tail.dispose();
    },
  };
}
