import { OneHotCategorical } from '../distributions/one-hot-categorical';
import { familyFactory } from './family-factory';

/**
 * One of several classes, given as a one-hot vector or as soft targets over the last axis: the network gives the logits.
 *
 * `p(x) = OneHotCategorical(softmax(logits))`; one raw number for each class. Class indices go to `categoricalFamily`.
 *
 * @example
 * ```ts
 * const network = tf.sequential({ layers: [tf.layers.dense({ inputShape: [2], units: 10 })] });
 * const decoder = new LikelihoodDecoder({ network, likelihood: oneHotCategoricalFamily() });
 * ```
 */
export const oneHotCategoricalFamily = /* @__PURE__ */ familyFactory('oneHotCategorical', () => ({
  support: 'simplex',
  closedKl: ['oneHotCategorical'],
  parameters: size => ({ logits: size }),
  distribution: ({ logits }, { eventRank }) => new OneHotCategorical({ logits, eventRank }),
}));
