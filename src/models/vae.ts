import * as tf from '@tensorflow/tfjs';
import type { Batch } from '../data/batch';
import type { Distribution } from '../distributions/distribution';
import { checkCount } from '../ops/check';
import { checkKeys } from '../ops/check-keys';
import { defined } from '../ops/defined';
import { fillMissing } from '../ops/fill-missing';
import { tidy } from '../ops/tidy';
import { drawSeed, Rng } from '../random/rng';
import { prefixed, type Variables } from '../variables/variables';
import { checkLatents } from './check-latents';
import type { DecodeOptions, Decoder, ReconstructOptions } from './decoder';
import { conditionForEach, drawLatents } from './draw-latents';
import type { Encoder } from './encoder';
import type { Context, Pass, VaeModel } from './model';
import type { Need } from './need';
import type { Network } from './network';
import { offersOf } from './offers';
import { asPrior, defaultPriorOf, type Prior, type PriorContext } from './prior';
import { type CallOptions, withoutCondition } from './run-network';
import { describeVae, summarise } from './summary';

/** What `Vae` takes. */
export type VaeOptions<Q extends Distribution, P extends Distribution> = {
  /** x → q(z | x). */
  encoder: Encoder<Q>;
  /** z → p(x | z). */
  decoder: Decoder<P>;
  /** p(z). Unless given, what goes with the posterior: N(0, I), or what its family says. */
  prior?: Prior | Distribution;
};

/**
 * A variational autoencoder: an encoder, a decoder and a prior.
 *
 * Kingma & Welling 2014 (arXiv 1312.6114). With networks of two inputs it is a conditional VAE (Sohn et al. 2015). The
 * encoder runs once a pass, and the z that is reported is the z that was decoded. What methods return belongs to the
 * caller; `dispose` disposes of the networks, also of those that were given.
 *
 * @example
 * ```ts
 * const vae = new Vae({
 *   encoder: new GaussianEncoder({ network: encoderNetwork, latentDim: 20 }),
 *   decoder: new BernoulliDecoder({ network: decoderNetwork }),
 * });
 * const xHat = vae.reconstruct(x);
 * const fresh = vae.sample(64, { seed: 1 });
 * vae.dispose();
 * ```
 */
export class Vae<Q extends Distribution = Distribution, P extends Distribution = Distribution> implements VaeModel {
  /** x → q(z | x). */
  readonly encoder: Encoder<Q>;
  /** z → p(x | z). */
  readonly decoder: Decoder<P>;
  /** p(z). */
  readonly prior: Prior;
  #disposed = false;

  /**
   * @param options Encoder, decoder, and a prior if it is not N(0, I).
   * @throws When the z of the encoder does not fit the decoder or the prior, or the prior is made of posteriors that
   * cannot be one.
   */
  constructor(options: VaeOptions<Q, P>) {
    checkKeys('Vae', options, ['encoder', 'decoder', 'prior'], {}, ['encoder', 'decoder']);
    const { encoder, decoder, prior } = options;
    const { latentShape = [encoder.latentDim] } = encoder;
    this.encoder = encoder;
    this.decoder = decoder;
    this.prior = prior ? asPrior(prior) : defaultPriorOf(encoder, latentShape);
    checkLatents(encoder, decoder, this.prior);
  }

  /** Size of the latent vector. */
  get latentDim(): number {
    return this.encoder.latentDim;
  }

  /** The `[…]` of z: `[latentDim]`, unless the encoder says otherwise. */
  get latentShape(): readonly number[] {
    return this.encoder.latentShape ?? [this.latentDim];
  }

  get inputShape(): readonly (number | null)[] {
    return this.encoder.inputShape;
  }

  /** The `[…event]` of what the decoder explains. */
  get outputShape(): readonly (number | null)[] {
    return this.decoder.outputShape;
  }

  get support() {
    return this.decoder.support;
  }

  get missing() {
    return this.decoder.missing ?? false;
  }

  get conditional(): boolean {
    return this.encoder.conditional || this.decoder.conditional || this.prior.conditional === true;
  }

  get offers(): readonly Need[] {
    return offersOf(this.encoder, this.decoder, this.prior);
  }

  /**
   * The posterior `q(z | x)`.
   *
   * @param x `[batch, …event]`.
   * @throws When x or the condition does not fit.
   */
  encode(x: tf.Tensor, options: CallOptions = {}): Q {
    return tidy(() => this.encoder.encode(x, this.#optionsFor(this.encoder, options)));
  }

  /**
   * The likelihood `p(x | z)`.
   *
   * @param z `[batch, latentDim]` or `[samples, batch, latentDim]`.
   * @throws When z or the condition does not fit.
   */
  decode(z: tf.Tensor, options: DecodeOptions = {}): P {
    return tidy(() => this.decoder.decode(z, this.#optionsFor(this.decoder, options)));
  }

  /**
   * The mean of the likelihood at the posterior mean: what the model makes of x.
   *
   * @param x `[batch, …event]`.
   * @returns `[batch, …event]`.
   * @throws When x or the condition does not fit.
   */
  reconstruct(x: tf.Tensor, options: ReconstructOptions = {}): tf.Tensor {
    const { exposure: _, ...call } = options;
    return tf.tidy(() => this.decode(this.embed(x, call), options).mean());
  }

  /**
   * The posterior mean: the place of x in the latent space.
   *
   * @param x `[batch, …event]`.
   * @returns `[batch, latentDim]`.
   * @throws When x or the condition does not fit.
   */
  embed(x: tf.Tensor, options: CallOptions = {}): tf.Tensor {
    return tf.tidy(() => this.encode(x, options).mean());
  }

  /**
   * Draws new data: z from the prior, then the mean of the likelihood.
   *
   * @param count How many examples.
   * @param options `seed` (drawn where absent), `condition` `[count, …]` or `[1, …]`, `exposure` `[count]` or `[1]`.
   * @returns `[count, …event]`.
   * @throws When `count` is not a positive integer, or a condition is missing or not wanted.
   */
  sample(count: number, options: { seed?: number; condition?: tf.Tensor; exposure?: tf.Tensor } = {}): tf.Tensor {
    checkKeys('Vae.sample', options, ['seed', 'condition', 'exposure']);
    const { seed = drawSeed(), condition, exposure } = options;
    checkCount('Vae.sample', 'count', count);
    return tf.tidy(() => {
      const given = defined({ condition: condition && conditionForEach(condition, count) });
      const z = drawLatents(this.#priorFor({ training: false, ...given }), count, new Rng(seed).fork('prior'));
      return this.decode(z, { ...given, ...defined({ exposure }) }).mean();
    });
  }

  /** One run of the model, for objectives. */
  pass(batch: Batch, context: Context): Pass {
    return tidy(() => {
      const { x, target = x, condition, mask, weights, exposure } = batch;
      const { rng, samples, training, step, calibration } = context;
      const call = { training, rng, step, ...defined({ condition }) };
      const posterior = this.encoder.encode(mask ? fillMissing(x, mask) : x, this.#optionsFor(this.encoder, call));
      const noise = { rng: rng.fork('posterior'), ...defined({ samples }) };
      const { value: z, logProb: logQ } = posterior.sampleWithLogProb(noise);
      const decoded = this.decoder.decodeWithUpdates(z, {
        ...this.#optionsFor(this.decoder, call),
        ...defined({ target, mask, weights, exposure, calibration }),
      });
      const prior = this.#priorFor(call);
      const updates = [this.encoder.updates?.(posterior, call), this.prior.updates?.(prior, call), decoded.updates];
      const latents = [{ name: 'z', z, posterior, prior, logQ }];
      return { latents, likelihood: decoded.likelihood, updates: updates.flatMap(some => some ?? []) };
    });
  }

  /** Variables by path: `encoder/…`, `decoder/…`, `prior/…`. */
  variables(): Variables {
    return {
      ...prefixed('encoder', this.encoder.variables()),
      ...prefixed('decoder', this.decoder.variables()),
      ...prefixed('prior', this.prior.variables()),
    };
  }

  networks(): Record<string, Network | undefined> {
    const { encoder, decoder, prior } = this;
    return { encoder: encoder.network, decoder: decoder.network, ...defined({ prior: prior.network }) };
  }

  trainableVariables(): tf.Variable[] {
    const ofPrior = this.prior.trainableVariables?.() ?? Object.values(this.prior.variables()).filter(v => v.trainable);
    return [...this.encoder.trainableVariables(), ...this.decoder.trainableVariables(), ...ofPrior];
  }

  /**
   * The parts with their shapes, and each variable with its shape and number of values, as a table.
   *
   * @throws When the model has been disposed of.
   * @example
   * ```ts
   * console.log(vae.summary());
   * ```
   */
  summary(): string {
    return summarise(this);
  }

  /** What Node's `console.log` shows. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return describeVae(this);
  }

  /** Disposes of encoder, decoder and prior. May be called twice. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.encoder.dispose();
    this.decoder.dispose();
    this.prior.dispose?.();
  }

  #priorFor(call: Omit<PriorContext, 'encode'>): Distribution {
    // What a prior encodes is not of this batch: a Dropout within draws its own mask, not that of the step.
    const { rng: _, ...options } = call;
    return this.prior.distribution({ ...call, encode: x => this.encode(x, options) });
  }

  /** Only a part that wants the condition gets it. A model without such a part passes it on, so that it is refused. */
  #optionsFor<O extends CallOptions>(part: { readonly conditional: boolean }, options: O): Omit<O, 'condition'> {
    return part.conditional || !this.conditional ? options : withoutCondition(options);
  }
}
