import * as tf from '@tensorflow/tfjs';
import { Concrete } from '../distributions/concrete';
import { GumbelSoftmax } from '../distributions/gumbel-softmax';
import { OneHotCategorical } from '../distributions/one-hot-categorical';
import { checkCount } from '../ops/check';
import { type FamilyDeclaration, familyFactory } from './family-factory';
import { checkRelaxation, type RelaxedFamilyOptions } from './relaxed-options';

/** What `concreteFamily` takes. */
export type ConcreteFamilyOptions = RelaxedFamilyOptions & {
  /** K, the number of classes of each variable. */
  classes: number;
};

/**
 * Categorical latent variables whose draws are relaxed while training: the network gives the logits.
 *
 * z is `[variables, classes]`, where `latentDim` counts the variables. With `kl: 'categorical'` training draws from a
 * `GumbelSoftmax` under the KL of the discrete variables, and reports no `elbo`, since these two make no bound; everywhere
 * else the posterior is the `OneHotCategorical`, so that evaluation reports the bound of the discrete model, with discrete
 * draws. With `kl: 'concrete'` the posterior is a `Concrete` everywhere, and the model is the relaxed one. The default
 * prior is uniform. Jang, Gu & Poole 2017 (arXiv 1611.01144); Maddison, Mnih & Teh 2017 (arXiv 1611.00712, section 4).
 *
 * @throws When an option is out of range, or `straightThrough` comes with `kl: 'concrete'`.
 * @example
 * ```ts
 * const temperature = linearSchedule({ from: 1, to: 0.3, steps: 10_000 });
 * const discrete = mlpVae({ inputShape: [784], latentDim: 20, posterior: concreteFamily({ classes: 10, temperature }) });
 * const z = discrete.sample(4, { seed: 1 }); // four images of 20 variables with 10 classes each
 * ```
 */
export const concreteFamily = /* @__PURE__ */ familyFactory(
  'concrete',
  (
    options: ConcreteFamilyOptions,
    owner: string,
  ): FamilyDeclaration<Concrete | GumbelSoftmax | OneHotCategorical, 'logits'> => {
    const { temperatureAt, kl, straightThrough, priorTemperature, ...declared } = checkRelaxation(owner, options, [
      'classes',
    ]);
    const { classes } = options;
    checkCount(owner, 'classes', classes);
    const isConcrete = kl === 'concrete';
    return {
      ...declared,
      distributionKind: isConcrete ? 'concrete' : 'oneHotCategorical',
      closedKl: isConcrete ? [] : ['oneHotCategorical'],
      priors: [isConcrete ? 'concrete' : 'oneHotCategorical'],
      parameters: size => ({ logits: size * classes }),
      eventShape: size => [size, classes],
      defaultPrior(event) {
        const logits = tf.zeros([1, ...event]);
        return isConcrete ? new Concrete({ logits, temperature: priorTemperature }) : new OneHotCategorical({ logits });
      },
      distribution({ logits: raw }, context) {
        const logits = tf.reshape(raw, [...raw.shape.slice(0, -1), -1, classes]);
        const temperature = temperatureAt(context);
        if (isConcrete) return new Concrete({ logits, temperature, eventRank: 2 });
        return context.training
          ? new GumbelSoftmax({ logits, temperature, straightThrough, eventRank: 2 })
          : new OneHotCategorical({ logits, eventRank: 2 });
      },
    };
  },
);
