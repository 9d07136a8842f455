import * as tf from '@tensorflow/tfjs';
import { Normal } from '../distributions/normal';
import { checkCount } from '../ops/check';
import { checkKeys } from '../ops/check-keys';
import { softClip } from '../ops/soft-clip';
import { tidy } from '../ops/tidy';
import type { PartConfig } from '../variables/saveable-part';
import { LearnedPrior } from './learned-prior';

/** What `NormalPrior` takes. */
export type NormalPriorOptions = {
  /** Size of z. */
  latentDim: number;
};

/**
 * A Gaussian prior whose mean and variances are learned, `p(z) = N(μ, diag(σ²))`. It begins as N(0, I).
 *
 * The log-variance is left as it is within ±10, and grows like a logarithm outside. The KL of Gaussian posteriors is
 * closed (Kingma & Welling 2014, arXiv 1312.6114, appendix B, with a learned p). With a decoder that can rescale z it adds
 * nothing; with a fixed or tied one it does.
 *
 * @example
 * ```ts
 * const learned = new Vae({ encoder: vae.encoder, decoder: vae.decoder, prior: new NormalPrior({ latentDim: 20 }) });
 * ```
 */
export class NormalPrior extends LearnedPrior<Normal> {
  /** Size of z. */
  readonly latentDim: number;

  /** Its name in model files. */
  static get kind(): string {
    return 'NormalPrior';
  }

  /** Builds the prior from what `config()` gave. */
  static fromConfig(config: PartConfig): NormalPrior {
    return new NormalPrior(config as NormalPriorOptions);
  }

  /**
   * @param options The size of z.
   * @throws When it is not a positive integer.
   */
  constructor(options: NormalPriorOptions) {
    checkKeys('NormalPrior', options, ['latentDim'], {}, ['latentDim']);
    const { latentDim } = options;
    checkCount('NormalPrior', 'latentDim', latentDim);
    const zeros = () => tf.tidy(() => tf.variable(tf.zeros([latentDim])));
    super({ mean: zeros(), logVar: zeros() });
    this.latentDim = latentDim;
  }

  /** The kind of its distribution: a posterior that names it in `closedKl` has a closed KL to this prior. */
  get kind(): string {
    return 'normal';
  }

  /** The `[…]` of z. */
  get latentShape(): readonly number[] {
    return [this.latentDim];
  }

  distribution(): Normal {
    return tidy(() => {
      const mean = tf.expandDims(this.own['mean']!, 0);
      return new Normal({ mean, logVar: softClip(tf.expandDims(this.own['logVar']!, 0), -10, 10) });
    });
  }

  config(): PartConfig {
    return { latentDim: this.latentDim };
  }
}
