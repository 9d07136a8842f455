import * as tf from '@tensorflow/tfjs';
import { DiscretizedLogisticMixture } from '../distributions/discretized-logistic-mixture';
import { checkLevels } from '../distributions/level-terms';
import { checkCount } from '../ops/check';
import { checkKeys } from '../ops/check-keys';
import { softClip } from '../ops/soft-clip';
import { type FamilyDeclaration, familyFactory } from './family-factory';
import { checkRange } from './scale-link';

/** What `discretizedLogisticMixtureFamily` takes. */
export type DiscretizedLogisticMixtureFamilyOptions = {
  /** K, the number of components. Salimans et al. take 10. */
  components: number;
  /** L, the number of levels. Default 256, that of bytes. */
  levels?: number;
  /** Whether the last axis are red, green and blue, which share a component and follow each other. Default false. */
  coupled?: boolean;
  /** The range in which log-scales are left as they are; outside of it, they grow like a logarithm. Default `[-7, 7]`. */
  logScaleRange?: readonly [number, number];
};

/**
 * Images with levels whose pixels have several likely values: the network gives a mixture for each element, or with
 * `coupled` for each pixel of three channels.
 *
 * 3·K raw numbers for each element, or 10·K for each pixel of three channels: `DiscretizedLogisticMixture(logits, mean,
 * softClip(logScale), coefficients)`. Salimans et al. 2017, PixelCNN++ (arXiv 1701.05517, section 2). The components must
 * start apart: weights of the last layer that are all 0 would keep them equal.
 *
 * @throws When an option is out of range.
 * @example
 * ```ts
 * const likelihood = discretizedLogisticMixtureFamily({ components: 5, coupled: true });
 * const vae = mlpVae({ inputShape: [8, 8, 3], latentDim: 10, likelihood });
 * ```
 */
export const discretizedLogisticMixtureFamily = /* @__PURE__ */ familyFactory(
  'discretizedLogisticMixture',
  (
    options: DiscretizedLogisticMixtureFamilyOptions,
    owner: string,
  ): FamilyDeclaration<DiscretizedLogisticMixture, string> => {
    const hints = { mixtures: 'components', K: 'components', bins: 'levels' };
    checkKeys(owner, options, ['components', 'levels', 'coupled', 'logScaleRange'], hints, ['components']);
    const { components, levels = 256, coupled = false, logScaleRange = [-7, 7] } = options;
    checkCount(owner, 'components', components);
    checkLevels(owner, levels);
    checkRange(owner, 'logScaleRange', logScaleRange);
    return {
      support: { levels },
      parameters: (size): Record<string, number> => {
        const each = size * components;
        if (!coupled) return { logits: each, mean: each, logScale: each };
        // Pixels of another number of channels take nothing, so that no network fits them.
        const isColour = Number(size === 3) * components;
        return { logits: isColour, mean: 3 * isColour, logScale: 3 * isColour, coefficients: 3 * isColour };
      },
      distribution({ logits, mean, logScale, coefficients }, { eventRank }) {
        const apart = (t: tf.Tensor) =>
          tf.reshape(t, [...t.shape.slice(0, -1), t.shape.at(-1)! / components, components]);
        return new DiscretizedLogisticMixture({
          logits: coupled ? tf.clone(logits!) : apart(logits!),
          mean: apart(mean!),
          logScale: softClip(apart(logScale!), ...logScaleRange),
          ...(coefficients && { coefficients: apart(coefficients) }),
          levels,
          eventRank,
        });
      },
    };
  },
);
