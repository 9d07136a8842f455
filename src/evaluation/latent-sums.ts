import * as tf from '@tensorflow/tfjs';
import { latentKl } from '../losses/kl';
import type { Latent } from '../models/model';

/** One batch of a latent variable, on the device: sums over the examples, by unit. */
type LatentSums = {
  /** The KL, summed over the units too. */
  kl: tf.Tensor;
  /** The KL of each unit, where it can be told. */
  units?: tf.Tensor;
  /** Posterior means, `[batch, units]`. */
  means: tf.Tensor;
};

/**
 * The sums of a batch for a latent variable. The KL is closed where it can be, else `log q(z) − log p(z)` of the
 * sample; by unit where posterior and prior factorise.
 */
export function latentSums(latent: Latent): LatentSums {
  return tf.tidy(() => {
    const { posterior } = latent;
    const mean = posterior.mean();
    const batch = mean.shape[0]!;
    const elements = klElements(latent);
    const units = elements && tf.reshape(elements, [-1, mean.size / batch]);
    return {
      kl: tf.sum(latentKl(latent)),
      ...(units && { units: tf.sum(units, 0) }),
      means: tf.reshape(mean, [batch, -1]),
    };
  });
}

function klElements({ posterior, prior, z }: Latent): tf.Tensor | undefined {
  if (posterior.hasKl(prior)) return posterior.klElements?.(prior);
  if (!posterior.logProbElements || !prior.logProbElements) return undefined;
  return tf.sub(posterior.logProbElements(z), prior.logProbElements(z));
}

/** Adds up the batches on the host, in float64. */
export class LatentTotals {
  #count = 0;
  #kl = 0;
  #units: Float64Array | undefined;
  #means: Float64Array | undefined;
  /** Sums of squared distances from the mean so far, by unit. */
  #spread = new Float64Array();

  add(
    { kl, units, means }: { kl: number; units: ArrayLike<number> | undefined; means: ArrayLike<number> },
    batch: number,
  ) {
    const size = means.length / batch;
    this.#kl += kl;
    if (units) {
      this.#units ??= new Float64Array(size);
      for (let d = 0; d < size; d++) this.#units[d]! += units[d]!;
    }
    if (!this.#means) this.#spread = new Float64Array(size);
    this.#means ??= new Float64Array(size);
    for (let i = 0; i < batch; i++) {
      this.#count++;
      for (let d = 0; d < size; d++) {
        // Welford 1962: no difference of two large sums.
        const distance = means[i * size + d]! - this.#means[d]!;
        this.#means[d]! += distance / this.#count;
        this.#spread[d]! += distance * (means[i * size + d]! - this.#means[d]!);
      }
    }
  }

  /** Means over the examples, and the variance of the posterior means. */
  result(): { kl: number; klPerUnit?: number[]; meanVariance: number[] } {
    const perExample = (sum: number) => sum / this.#count;
    return {
      kl: perExample(this.#kl),
      ...(this.#units && { klPerUnit: Array.from(this.#units, perExample) }),
      meanVariance: Array.from(this.#spread, perExample),
    };
  }
}
