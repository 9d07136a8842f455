import { Bernoulli } from '../distributions/bernoulli';
import { familyFactory } from './family-factory';

/**
 * Binary elements: the network gives their log-odds.
 *
 * `p(x) = Bernoulli(sigmoid(logits))`, x in [0, 1]; one raw number for each element. Kingma & Welling 2014
 * (arXiv 1312.6114, appendix C.1).
 *
 * @example
 * ```ts
 * const network = tf.sequential({ layers: [tf.layers.dense({ inputShape: [20], units: 784 })] });
 * const decoder = new LikelihoodDecoder({ network, likelihood: bernoulliFamily() });
 * ```
 */
export const bernoulliFamily = /* @__PURE__ */ familyFactory('bernoulli', () => ({
  support: 'unitInterval',
  parameters: size => ({ logits: size }),
  distribution: ({ logits }, { eventRank }) => new Bernoulli({ logits, eventRank }),
}));
