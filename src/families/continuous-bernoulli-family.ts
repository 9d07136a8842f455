import { ContinuousBernoulli } from '../distributions/continuous-bernoulli';
import { familyFactory } from './family-factory';

/**
 * Grey levels in [0, 1] with a true density: the network gives one logit for each element.
 *
 * `p(x) ∝ e^(l·x)` on [0, 1] (Loaiza-Ganem & Cunningham 2019, arXiv 1907.06845). Where `bernoulliFamily` on grey levels
 * gives a cross-entropy and no bound, this gives a log-density, which may be above 0; its mean is less saturated than
 * `sigmoid(l)`.
 *
 * @example
 * ```ts
 * const network = tf.sequential({ layers: [tf.layers.dense({ inputShape: [20], units: 784 })] });
 * const decoder = new LikelihoodDecoder({ network, likelihood: continuousBernoulliFamily() });
 * ```
 */
export const continuousBernoulliFamily = /* @__PURE__ */ familyFactory('continuousBernoulli', () => ({
  support: 'unitInterval',
  parameters: size => ({ logits: size }),
  distribution: ({ logits }, { eventRank }) => new ContinuousBernoulli({ logits, eventRank }),
}));
