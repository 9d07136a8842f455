import { checkKeys } from '../ops/check-keys';
import { ADAM_KEYS, Adam, type AdamOptions } from './adam';

/** What `AdamW` takes. */
export type AdamWOptions = AdamOptions & {
  /** How much of itself a weight loses per unit of learning rate. Default 0.01. */
  weightDecay?: number;
  /** Which variables decay, by their path. By default the kernels: not biases, nor scales of a normalisation. */
  decay?: (path: string) => boolean;
};

/**
 * Adam whose weight decay stays out of the moments, so that large gradients do not weaken it.
 *
 * `θ ← θ − α(m̂ / (√v̂ + ε) + λθ)`: Loshchilov & Hutter 2019 (arXiv 1711.05101, algorithm 2). The decay follows the
 * learning rate and its schedule, as in PyTorch and Optax; the paper's own λ is `α·weightDecay`.
 *
 * @example
 * ```ts
 * new VaeTrainer({ model, optimizer: new AdamW({ weightDecay: 0.05, decay: path => path.startsWith('decoder/') }) });
 * ```
 */
export class AdamW extends Adam {
  /** The options. Where `decay` is given, a checkpoint records only that it is a function. */
  declare readonly config: Adam['config'] & {
    /** λ. */
    weightDecay: number;
    /** Which variables decay, where that was given. */
    decay?: (path: string) => boolean;
  };

  /** @throws When an option is out of range. */
  constructor(given: AdamWOptions = {}) {
    checkKeys('AdamW', given, [...ADAM_KEYS, 'weightDecay', 'decay'], { lr: 'learningRate', wd: 'weightDecay' });
    const { weightDecay = 0.01, decay = isKernel, ...options } = given;
    super(options);
    if (!(weightDecay >= 0 && weightDecay < Number.POSITIVE_INFINITY)) {
      throw new Error(`AdamW: weightDecay must be a number of at least 0, got ${weightDecay}`);
    }
    this.config = { ...this.config, weightDecay, ...(decay !== isKernel && { decay }) };
  }

  protected override weightDecay(path: string): number {
    const { weightDecay, decay = isKernel } = this.config;
    return decay(path) ? weightDecay : 0;
  }
}

/** `meanKernel`, depthwise and other kernels too; tfjs numbers names that are taken already. */
function isKernel(path: string): boolean {
  return /kernel(_\d+)?$/i.test(path);
}
