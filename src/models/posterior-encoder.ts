import type * as tf from '@tensorflow/tfjs';
import type { Distribution } from '../distributions/distribution';
import { StandardNormal } from '../distributions/standard-normal';
import { checkFamily } from '../families/check-family';
import type { Family } from '../families/family';
import { ParameterHead } from '../layers/parameter-head';
import { checkCount } from '../ops/check';
import { checkKeys } from '../ops/check-keys';
import { describeShape } from '../ops/shape';
import { drawSeed } from '../random/rng';
import type { PartConfig, SaveablePart } from '../variables/saveable-part';
import type { Encoder } from './encoder';
import { FamilyNetwork } from './family-network';
import { asModule, type Module, type Network } from './network';
import { CALL_KEYS, type CallOptions } from './run-network';
import { withHead } from './with-head';

/** What `PosteriorEncoder` takes. */
export type PosteriorEncoderOptions<Q extends Distribution = Distribution> = {
  /** x → features (a head is appended), or x → the raw parameters of the posterior, one output for each. */
  network: Network;
  /** Size of the latent vector. */
  latentDim: number;
  /** What the outputs mean, such as `normalFamily()`. */
  posterior: Family<Q>;
  /** Seed of the head's initial weights. */
  seed?: number;
};

/** The layer that makes the raw parameters from features; `sizes` are those of `parameters`. */
export type MakeHead = (sizes: Readonly<Record<string, number>>) => tf.layers.Layer;

/**
 * An encoder of any posterior, `q(z | x) = posterior(network(x))`.
 *
 * To a network of one output a `ParameterHead` is appended, and features of more than one axis are flattened; a network of
 * several outputs gives each parameter itself. The encoder owns the network: `dispose` disposes of it.
 *
 * @example
 * ```ts
 * const encoder = new PosteriorEncoder({
 *   network: tf.sequential({ layers: [tf.layers.dense({ inputShape: [784], units: 400, activation: 'relu' })] }),
 *   latentDim: 20,
 *   posterior: normalFamily(),
 * });
 * const { mean, logVar } = encoder.encode(x).params; // [batch, 20] each
 * ```
 */
export class PosteriorEncoder<Q extends Distribution = Distribution>
  extends FamilyNetwork<Q>
  implements Encoder<Q>, SaveablePart
{
  readonly latentDim: number;
  /** The family as it was given. */
  readonly posterior: Family<Q>;
  /** The layer that makes the raw parameters from the features, where the network does not give them itself. */
  readonly head: tf.layers.Layer | undefined;

  /** Its name in model files. */
  static get kind(): string {
    return 'PosteriorEncoder';
  }

  /** Builds the encoder from what `config()` gave. */
  static fromConfig(config: PartConfig): PosteriorEncoder {
    return new PosteriorEncoder(config as PosteriorEncoderOptions);
  }

  /**
   * @param options The network, the latent size and the posterior.
   * @param owner Begins the errors.
   * @param makeHead Makes another head than a `ParameterHead`.
   * @throws When `latentDim` is not a positive integer, or the outputs of the network do not fit it.
   */
  constructor(options: PosteriorEncoderOptions<Q>, owner = 'PosteriorEncoder', makeHead?: MakeHead) {
    checkKeys(owner, options, ['network', 'latentDim', 'posterior', 'seed'], {}, ['network', 'latentDim', 'posterior']);
    const { network, latentDim, posterior, seed = drawSeed() } = options;
    checkCount(owner, 'latentDim', latentDim);
    checkFamily(owner, 'posterior', posterior);
    const sizes = posterior.parameters(latentDim);
    const body = asModule(owner, network);
    const needsHead = body.outputShapes.length === 1;
    if (!needsHead) checkOutputs(owner, body, sizes);
    const head = needsHead ? (makeHead?.(sizes) ?? new ParameterHead({ sizes, seed })) : undefined;
    const module = head ? withHead(owner, body, head) : body;
    super({ owner, network, module, family: posterior, event: [latentDim] });
    this.latentDim = latentDim;
    this.posterior = posterior;
    this.head = head;
  }

  get latentShape(): readonly number[] {
    return this.posterior.eventShape?.(this.latentDim) ?? [this.latentDim];
  }

  get inputShape(): readonly (number | null)[] {
    return this.parts.module.inputShapes[0]!;
  }

  get closedKl(): readonly string[] {
    return this.posterior.closedKl ?? [];
  }

  get klElements(): boolean {
    return this.posterior.klElements ?? true;
  }

  get hasDensity(): boolean {
    return this.posterior.hasDensity ?? true;
  }

  get relaxed(): boolean {
    return this.posterior.relaxed ?? false;
  }

  get priors(): readonly string[] | undefined {
    return this.posterior.priors;
  }

  /** The prior that goes with the posterior: N(0, I), unless its family says otherwise. */
  defaultPrior(): Distribution {
    const { posterior, latentShape } = this;
    return posterior.defaultPrior?.(latentShape) ?? new StandardNormal({ shape: latentShape });
  }

  /**
   * `q(z | x)` for a batch.
   *
   * @param x `[batch, …event]`.
   * @returns The distribution of z `[batch, latentDim]`; the caller disposes of it.
   * @throws When x does not fit the network, or a condition is missing or not wanted.
   */
  encode(x: tf.Tensor, options: CallOptions = {}): Q {
    return this.run('encode', 'x', x, options, CALL_KEYS);
  }

  /** The options, for `saveVae`. */
  config(): PartConfig {
    const { network, latentDim, posterior } = this;
    return { network, latentDim, posterior };
  }
}

/** @throws When these are not one output for each parameter. */
function checkOutputs(owner: string, { outputShapes }: Module, sizes: Readonly<Record<string, number>>): void {
  const names = Object.keys(sizes);
  const wanted = Object.values(sizes).map(size => [size]);
  const wrong = outputShapes.findIndex((shape, i) => String(shape) !== String(wanted[i]));
  if (wrong < 0 && outputShapes.length === names.length) return;
  const isUniform = wanted.every(shape => String(shape) === String(wanted[0]));
  if (isUniform && outputShapes.length === names.length) {
    throw new Error(
      `${owner}: ${names.join(' and ')} of the network must be ${describeShape(wanted[0]!)}, got ${describeShape(outputShapes[wrong]!)}`,
    );
  }
  const expected = names.map((name, i) => `${name} ${describeShape(wanted[i]!)}`).join(', ');
  throw new Error(
    `${owner}: network must give features or ${expected}, got ${outputShapes.map(describeShape).join(', ')}`,
  );
}
