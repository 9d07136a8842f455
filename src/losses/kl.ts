import * as tf from '@tensorflow/tfjs';
import type { Distribution } from '../distributions/distribution';
import { standardKlElements } from '../distributions/gaussian-kl';

/**
 * `KL(N(μ, e^lv) ‖ N(0, I)) = ½ Σ (μ² + e^lv − 1 − lv)` per example.
 *
 * Kingma & Welling 2014 (arXiv 1312.6114, appendix B), computed without cancellation near lv = 0 and with a
 * hand-written gradient.
 *
 * @param mean `[batch, latentDim]` (or any `[batch, …event]`).
 * @param logVar The same shape.
 * @returns `[batch]`, nats per example.
 * @throws When the shapes differ.
 * @example
 * ```ts
 * const kl = klStandardNormal(tf.zeros([4, 20]), tf.fill([4, 20], -1)); // 20 · 0.1839 nats each
 * ```
 */
export function klStandardNormal(mean: tf.Tensor, logVar: tf.Tensor): tf.Tensor1D {
  if (!tf.util.arraysEqual(mean.shape, logVar.shape)) {
    throw new Error(`klStandardNormal: mean and logVar must have one shape, got [${mean.shape}] and [${logVar.shape}]`);
  }
  if (mean.rank < 1) throw new Error('klStandardNormal: mean must be [batch, …event], got a scalar');
  return tf.tidy(() => {
    const elements = standardKlElements(mean, logVar);
    const event = mean.shape.map((_, axis) => axis).slice(1);
    return (event.length > 0 ? tf.sum(elements, event) : elements) as tf.Tensor1D;
  });
}

/**
 * `KL(q ‖ p) = E_q[log q(z) − log p(z)]` per example, in closed form.
 *
 * @param q The distribution under which the expectation is taken, such as the posterior.
 * @param p The other distribution, such as the prior.
 * @returns `[batch]`, nats per example.
 * @throws When there is no closed form for the pair; `q.hasKl(p)` tells.
 * @example
 * ```ts
 * const kl = klDivergence(vae.encode(x), new StandardNormal({ shape: [20] }));
 * ```
 */
export function klDivergence(q: Distribution, p: Distribution): tf.Tensor {
  return q.kl(p);
}
