import * as tf from '@tensorflow/tfjs';
import { EqualMixture } from '../distributions/equal-mixture';
import { checkCount, checkCounts } from '../ops/check';
import { checkKeys } from '../ops/check-keys';
import { checkTensor } from '../ops/check-tensor';
import { tidy } from '../ops/tidy';
import { drawSeed, Rng } from '../random/rng';
import type { PartConfig } from '../variables/saveable-part';
import type { Encoder } from './encoder';
import { LearnedPrior } from './learned-prior';
import type { PriorContext } from './prior';

/** What `VampPrior` takes. */
export type VampPriorOptions = {
  /** How many pseudo-inputs to learn, or the examples `[count, …inputShape]` that take their place as they are. */
  pseudoInputs: number | tf.Tensor;
  /** The `[…]` of x; needed where pseudo-inputs are learned. */
  inputShape?: readonly number[];
  /** Seed of the first pseudo-inputs. */
  seed?: number;
};

/**
 * The variational mixture of posteriors, `p(z) = (1/K) Σ_k q(z | u_k)` with pseudo-inputs u.
 *
 * `log p(z) = logsumexp_k log q(z | u_k) − log K`. Learned pseudo-inputs lie behind a sigmoid, for x in [0, 1]; for other
 * data give examples, which are not trained. Gradients reach the encoder through the prior as well. The KL is estimated
 * from the sample, and `sample` of the `Vae` runs the encoder. Each step encodes K more examples. The posterior has to
 * know the density of a z from elsewhere, and the encoder takes no condition. Tomczak & Welling 2018 (arXiv 1705.07120,
 * equation 9).
 *
 * @example
 * ```ts
 * const prior = new VampPrior({ pseudoInputs: 200, inputShape: [784], seed: 7 });
 * const flexible = new Vae({ encoder: vae.encoder, decoder: vae.decoder, prior });
 * ```
 */
export class VampPrior extends LearnedPrior<EqualMixture> {
  /** How many pseudo-inputs there are. */
  readonly count: number;
  /** The `[…event]` of a pseudo-input. */
  readonly inputShape: readonly number[];
  /** Whether the pseudo-inputs are learned; else they are data. */
  readonly learned: boolean;

  /** Its name in model files. */
  static get kind(): string {
    return 'VampPrior';
  }

  /** Builds the prior from what `config()` gave. */
  static fromConfig(config: PartConfig): VampPrior {
    const { learned, count, inputShape } = config as { learned: boolean; count: number; inputShape: readonly number[] };
    if (learned) return new VampPrior({ pseudoInputs: count, inputShape });
    return tidy(() => new VampPrior({ pseudoInputs: tf.zeros([count, ...inputShape]) }));
  }

  /**
   * @param options The pseudo-inputs; a tensor stays the caller's.
   * @throws When a size is not a positive integer, or `inputShape` does not fit the given examples.
   */
  constructor(options: VampPriorOptions) {
    const owner = 'VampPrior';
    checkKeys(owner, options, ['pseudoInputs', 'inputShape', 'seed'], { components: 'pseudoInputs' }, ['pseudoInputs']);
    const { pseudoInputs, seed = drawSeed() } = options;
    const learned = typeof pseudoInputs === 'number';
    if (!learned) checkTensor(`${owner}: pseudoInputs`, pseudoInputs);
    const count = learned ? pseudoInputs : pseudoInputs.shape[0]!;
    checkCount(owner, 'pseudoInputs', count);
    const { inputShape = learned ? undefined : pseudoInputs.shape.slice(1) } = options;
    if (!inputShape) throw new Error(`${owner}: inputShape is missing; learned pseudo-inputs have the shape of x`);
    checkCounts(owner, 'inputShape', inputShape);
    const shape = [count, ...inputShape];
    if (!learned && String(pseudoInputs.shape) !== String(shape)) {
      throw new Error(`${owner}: pseudoInputs must be [${shape}], got [${pseudoInputs.shape}]`);
    }
    const first = () => (learned ? new Rng(seed).fork(owner).normal(shape) : pseudoInputs);
    super(tidy(() => ({ pseudoInputs: tf.variable(first(), learned) })));
    this.count = count;
    this.inputShape = inputShape;
    this.learned = learned;
  }

  /** The kind of its distribution: a posterior that names it in `closedKl` has a closed KL to this prior. */
  get kind(): string {
    return 'equalMixture';
  }

  /** @throws When the posterior knows no density of a z from elsewhere, or the encoder takes a condition. */
  checkEncoder({ hasDensity, conditional }: Encoder): void {
    if (hasDensity === false) {
      throw new Error('Vae: the prior is a mixture of posteriors, which have no density of a z from elsewhere here');
    }
    if (conditional) {
      throw new Error('Vae: the prior has no condition for its pseudo-inputs; take a ConditionalPrior');
    }
  }

  distribution({ encode }: Pick<PriorContext, 'encode'>): EqualMixture {
    return tidy(() => new EqualMixture({ components: encode(this.pseudoInputs()) }));
  }

  /**
   * The pseudo-inputs as the encoder sees them.
   *
   * @returns `[count, …inputShape]`, a new tensor.
   */
  pseudoInputs(): tf.Tensor {
    const raw = this.own['pseudoInputs']!;
    return this.learned ? tf.sigmoid(raw) : tf.clone(raw);
  }

  config(): PartConfig {
    const { learned, count, inputShape } = this;
    return { learned, count, inputShape };
  }
}
