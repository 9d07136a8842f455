import * as tf from '@tensorflow/tfjs';
import { Categorical } from '../distributions/categorical';
import { checkCount } from '../ops/check';
import { checkKeys } from '../ops/check-keys';
import { type FamilyDeclaration, familyFactory } from './family-factory';

/** What `categoricalFamily` takes. */
export type CategoricalFamilyOptions = {
  /** K, the number of classes of each element. */
  classes: number;
};

/**
 * Elements that are one of K classes, given as class indices 0 … K − 1: the network gives K logits for each.
 *
 * `p(x) = Categorical(softmax(logits))`; the raw numbers of an element lie together along the last axis. One-hot data and
 * soft targets go to `oneHotCategoricalFamily`.
 *
 * @throws When `classes` is not a positive integer.
 * @example
 * ```ts
 * const vae = mlpVae({ inputShape: [6], latentDim: 2, likelihood: categoricalFamily({ classes: 5 }) });
 * ```
 */
export const categoricalFamily = /* @__PURE__ */ familyFactory(
  'categorical',
  (options: CategoricalFamilyOptions, owner): FamilyDeclaration<Categorical, 'logits'> => {
    checkKeys(owner, options, ['classes'], { categories: 'classes', numClasses: 'classes' }, ['classes']);
    const { classes } = options;
    checkCount(owner, 'classes', classes);
    return {
      support: { categories: classes },
      closedKl: ['categorical'],
      parameters: size => ({ logits: size * classes }),
      distribution({ logits }, { eventRank }) {
        const event = [...logits.shape.slice(0, -1), logits.shape.at(-1)! / classes];
        return new Categorical({ logits: tf.reshape(logits, [...event, classes]), eventRank });
      },
    };
  },
);
