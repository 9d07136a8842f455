import * as tf from '@tensorflow/tfjs';
import { NormalMixture } from '../distributions/normal-mixture';
import { checkCount } from '../ops/check';
import { checkKeys } from '../ops/check-keys';
import { softClip } from '../ops/soft-clip';
import { tidy } from '../ops/tidy';
import { drawSeed, Rng } from '../random/rng';
import type { PartConfig } from '../variables/saveable-part';
import { LearnedPrior } from './learned-prior';

/** What `MixturePrior` takes. */
export type MixturePriorOptions = {
  /** How many Gaussians. */
  components: number;
  /** Size of z. */
  latentDim: number;
  /** Seed of the first means. */
  seed?: number;
};

/**
 * A learned mixture of Gaussians, `p(z) = Σ_k w_k N(μ_k, diag(σ_k²))`: the MoG prior of Tomczak & Welling 2018
 * (arXiv 1705.07120, section 2).
 *
 * It begins with means drawn from N(0, I), variances of 1 and equal weights: equal means would stay equal for ever. The
 * log-variances are left as they are within ±10. No KL to a mixture is closed, so it is estimated from the sample.
 *
 * @example
 * ```ts
 * const prior = new MixturePrior({ components: 50, latentDim: 20, seed: 7 });
 * const flexible = new Vae({ encoder: vae.encoder, decoder: vae.decoder, prior });
 * ```
 */
export class MixturePrior extends LearnedPrior<NormalMixture> {
  /** K, the number of components. */
  readonly components: number;
  /** Size of z. */
  readonly latentDim: number;

  /** Its name in model files. */
  static get kind(): string {
    return 'MixturePrior';
  }

  /** Builds the prior from what `config()` gave. */
  static fromConfig(config: PartConfig): MixturePrior {
    return new MixturePrior(config as MixturePriorOptions);
  }

  /**
   * @param options The number of components and the size of z.
   * @throws When one of them is not a positive integer.
   */
  constructor(options: MixturePriorOptions) {
    const owner = 'MixturePrior';
    checkKeys(owner, options, ['components', 'latentDim', 'seed'], {}, ['components', 'latentDim']);
    const { components, latentDim, seed = drawSeed() } = options;
    checkCount(owner, 'components', components);
    checkCount(owner, 'latentDim', latentDim);
    const shape = [components, latentDim];
    super(
      tidy(() => ({
        logits: tf.variable(tf.zeros([components])),
        mean: tf.variable(new Rng(seed).fork(owner).normal(shape)),
        logVar: tf.variable(tf.zeros(shape)),
      })),
    );
    this.components = components;
    this.latentDim = latentDim;
  }

  /** The kind of its distribution: a posterior that names it in `closedKl` has a closed KL to this prior. */
  get kind(): string {
    return 'normalMixture';
  }

  /** The `[…]` of z. */
  get latentShape(): readonly number[] {
    return [this.latentDim];
  }

  distribution(): NormalMixture {
    return tidy(() => {
      const [logits, mean, logVar] = ['logits', 'mean', 'logVar'].map(name => tf.expandDims(this.own[name]!, 0)) as [
        tf.Tensor,
        tf.Tensor,
        tf.Tensor,
      ];
      return new NormalMixture({ logits, mean, logVar: softClip(logVar, -10, 10) });
    });
  }

  config(): PartConfig {
    return { components: this.components, latentDim: this.latentDim };
  }
}
