import * as tf from '@tensorflow/tfjs';
import { Bernoulli } from '../distributions/bernoulli';
import { BinaryConcrete } from '../distributions/binary-concrete';
import { GumbelSigmoid } from '../distributions/gumbel-sigmoid';
import { type FamilyDeclaration, familyFactory } from './family-factory';
import { checkRelaxation, type RelaxedFamilyOptions } from './relaxed-options';

/**
 * Binary latent variables whose draws are relaxed while training: the network gives the log-odds.
 *
 * z is `[latentDim]`. All is as in `concreteFamily`, with `GumbelSigmoid` in training and `Bernoulli` elsewhere for
 * `kl: 'categorical'`, and `BinaryConcrete` for `kl: 'concrete'`. Maddison, Mnih & Teh 2017 (arXiv 1611.00712,
 * appendix B).
 *
 * @throws When an option is out of range, or `straightThrough` comes with `kl: 'concrete'`.
 * @example
 * ```ts
 * const posterior = binaryConcreteFamily({ temperature: 0.5, straightThrough: true });
 * const binary = mlpVae({ inputShape: [784], latentDim: 30, posterior });
 * ```
 */
export const binaryConcreteFamily = /* @__PURE__ */ familyFactory(
  'binaryConcrete',
  (
    options: RelaxedFamilyOptions,
    owner: string,
  ): FamilyDeclaration<BinaryConcrete | GumbelSigmoid | Bernoulli, 'logits'> => {
    const { temperatureAt, kl, straightThrough, priorTemperature, ...declared } = checkRelaxation(owner, options);
    const isConcrete = kl === 'concrete';
    return {
      ...declared,
      klElements: !isConcrete,
      distributionKind: isConcrete ? 'binaryConcrete' : 'bernoulli',
      closedKl: isConcrete ? [] : ['bernoulli'],
      priors: [isConcrete ? 'binaryConcrete' : 'bernoulli'],
      parameters: size => ({ logits: size }),
      defaultPrior(event) {
        const logits = tf.zeros([1, ...event]);
        return isConcrete ? new BinaryConcrete({ logits, temperature: priorTemperature }) : new Bernoulli({ logits });
      },
      distribution({ logits }, context) {
        const { eventRank } = context;
        const temperature = temperatureAt(context);
        if (isConcrete) return new BinaryConcrete({ logits, temperature, eventRank });
        return context.training
          ? new GumbelSigmoid({ logits, temperature, straightThrough, eventRank })
          : new Bernoulli({ logits, eventRank });
      },
    };
  },
);
