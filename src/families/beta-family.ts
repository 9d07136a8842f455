import * as tf from '@tensorflow/tfjs';
import { Beta } from '../distributions/beta';
import { softClip } from '../ops/soft-clip';
import { familyFactory } from './family-factory';

/**
 * Shares between 0 and 1, borders left out: the network gives the logit of their mean, and the logarithm of n = α + β.
 *
 * `p(x) = Beta(n·σ(l), n·σ(−l))`, which is the beta regression of Ferrari & Cribari-Neto 2004; two raw numbers for each
 * element. A logit is left as it is within ±10, log n from −3 to 10; outside they grow like logarithms. Data with exact
 * 0 or 1 are refused: squeeze them by `(x·(N − 1) + ½)/N`, or take `continuousBernoulliFamily`.
 *
 * @example
 * ```ts
 * const network = tf.sequential({ layers: [tf.layers.dense({ inputShape: [2], units: 6 })] });
 * const decoder = new LikelihoodDecoder({ network, likelihood: betaFamily() }); // 3 shares
 * ```
 */
export const betaFamily = /* @__PURE__ */ familyFactory('beta', () => ({
  support: 'unitOpen',
  parameters: size => ({ meanLogit: size, logConcentration: size }),
  distribution({ meanLogit, logConcentration }, { eventRank }) {
    const logit = softClip(meanLogit, -10, 10);
    const total = tf.exp(softClip(logConcentration, -3, 10));
    const alpha = tf.mul(total, tf.sigmoid(logit));
    return new Beta({ alpha, beta: tf.mul(total, tf.sigmoid(tf.neg(logit))), eventRank });
  },
}));
