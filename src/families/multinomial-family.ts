import * as tf from '@tensorflow/tfjs';
import { Multinomial } from '../distributions/multinomial';
import { checkKeys } from '../ops/check-keys';
import { defined } from '../ops/defined';
import { familyFactory } from './family-factory';

/** What `multinomialFamily` takes. */
export type MultinomialFamilyOptions = {
  /** Whether log p counts `log(N!/Πx!)`; without it, it is what Liang et al. 2018 report. Default true. */
  coefficient?: boolean;
};

/**
 * Rows of counts, such as the words of a document or the items of a user: the network gives the logits of the categories.
 *
 * `p(x | Σx) = Multinomial(Σx, softmax(logits))`; one raw number for each category. Liang et al. 2018 (arXiv 1802.05814,
 * equation 2). A row is compared under its own sum. Without data, in `decode`, `reconstruct` and `sample`, the total is
 * the `exposure` of the call; without that, means are the shares of the categories.
 *
 * @throws When an option is unknown.
 * @example
 * ```ts
 * const network = tf.sequential({ layers: [tf.layers.dense({ inputShape: [10], units: 500 })] });
 * const decoder = new LikelihoodDecoder({ network, likelihood: multinomialFamily() });
 * ```
 */
export const multinomialFamily = /* @__PURE__ */ familyFactory(
  'multinomial',
  (options: MultinomialFamilyOptions, owner) => {
    checkKeys(owner, options, ['coefficient']);
    return {
      support: 'counts',
      parameters: size => ({ logits: size }),
      distribution({ logits }, { eventRank, exposure, target }) {
        const lead = logits.shape.slice(0, -1);
        // A target has its own sum, which need not be that of an exposure.
        const given = exposure && !target;
        const total = given ? tf.broadcastTo(tf.squeeze(exposure, [-1]), lead) : undefined;
        return new Multinomial({ logits, ...options, eventRank, ...defined({ total }) });
      },
    };
  },
);
