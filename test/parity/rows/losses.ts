import * as tf from '@tensorflow/tfjs';
import {
  Bernoulli,
  type ElboLossOptions,
  effectiveSampleSize,
  elboLoss,
  elboPerExample,
  freeBitsKl,
  iwaeBound,
  iwaeLoss,
  klStandardNormal,
  latentKl,
  latentKlElements,
  Normal,
  negativeLogLikelihood,
  reconstructionLoss,
  reduceMean,
  StandardNormal,
  sampledKl,
} from 'tfjs-vae';
import elbo from '../../golden/elbo.json';
import iwae from '../../golden/iwae.json';
import normal from '../../golden/normal.json';
import { flat, noise, type ParityRow, tensor, unit, valueAndGradients, valueAndSumGradients } from '../row';
import { likelihood, parts, prior } from './elbo-parts';

const ordered = (t: { loss: tf.Tensor; elbo: tf.Tensor; reconstruction: tf.Tensor; kl: tf.Tensor }) => [
  t.loss,
  t.elbo,
  t.reconstruction,
  t.kl,
];
const orderedGolden = (t: { loss: number; elbo: number; reconstruction: number; kl: number }) => [
  [t.loss],
  [t.elbo],
  [t.reconstruction],
  [t.kl],
];

/** elboLoss with its gradients by logits, mean and log-variance. */
const elboRow = (
  name: string,
  more: () => Partial<ElboLossOptions>,
  golden?: Parameters<typeof orderedGolden>[0],
): ParityRow => ({
  name: `elboLoss, ${name}`,
  of: ['elboLoss'],
  run: () => [
    ...ordered(elboLoss({ ...parts(), ...more() })),
    ...tf.grads(
      (...[logits, mean, logVar]: tf.Tensor[]) =>
        elboLoss({
          ...parts(),
          likelihood: new Bernoulli({ logits: logits! }),
          posterior: new Normal({ mean: mean!, logVar: logVar! }),
          ...more(),
        }).loss,
    )([tensor(elbo.logits), tensor(elbo.mean), tensor(elbo.logVar)]),
  ],
  ...(golden && { golden: orderedGolden(golden) }),
});

const weights = () => tensor(elbo.weights);

export const lossRows: readonly ParityRow[] = [
  {
    name: 'klStandardNormal, |logVar| from 1e-4 to 60',
    of: ['klStandardNormal'],
    run: () => {
      const { mean, logVar } = normal.klStandard;
      return valueAndSumGradients([tensor(mean), tensor(logVar)], (m, lv) => klStandardNormal(m!, lv!));
    },
    golden: [normal.klStandard.y, normal.klStandard.mean, normal.klStandard.gradientLogVar],
  },
  elboRow('as it is', () => ({}), elbo.standard),
  elboRow('beta 4', () => ({ beta: elbo.beta }), elbo.beta4),
  elboRow('weights', () => ({ weights: weights() }), elbo.weighted),
  elboRow('a mask', () => ({ mask: tensor(elbo.mask) }), elbo.masked),
  elboRow('a learned prior', () => ({ prior: prior() }), elbo.learnedPrior),
  ...(['dimension', 'element', 'total'] as const).map(per =>
    elboRow(`free bits per ${per}, weights`, () => ({ freeBits: { nats: 0.4, per }, weights: weights() })),
  ),
  {
    name: 'elboPerExample, negativeLogLikelihood',
    of: ['elboPerExample', 'negativeLogLikelihood'],
    run: () => {
      const { reconstruction, kl } = elboPerExample({ ...parts(), prior: prior() });
      return [reconstruction, kl, negativeLogLikelihood(likelihood(), tensor(elbo.x), tensor(elbo.mask))];
    },
    golden: [elbo.perExample.reconstruction, elbo.perExample.klToPrior, elbo.perExample.maskedReconstruction],
  },
  {
    name: 'latentKl, closed and from a sample',
    of: ['latentKl', 'latentKlElements', 'sampledKl'],
    run: () => {
      const { posterior } = parts();
      const latent = { posterior, prior: prior(), z: tensor(elbo.z) };
      const standard = new StandardNormal({ shape: [2] });
      return [latentKl(latent), sampledKl(latent), latentKlElements({ posterior, prior: standard })];
    },
    golden: [elbo.perExample.klToPrior, elbo.perExample.sampledKlToPrior, flat(elbo.perExample.klElements)],
  },
  {
    name: 'reconstructionLoss and reduceMean over a batch of 600',
    of: ['reconstructionLoss', 'reduceMean', 'freeBitsKl'],
    run: () => {
      const w = unit([600], 'weights');
      const x = unit([600, 5], 'x');
      const kl = tf.square(noise([600, 5], 'kl'));
      return [
        ...valueAndGradients([noise([600, 5], 'logits')], l =>
          reconstructionLoss({ x, likelihood: new Bernoulli({ logits: l! }), weights: w }),
        ),
        ...valueAndGradients([noise([3, 600], 'l')], l => reduceMean(l!, w)),
        ...valueAndGradients([noise([3, 600], 'l')], l => reduceMean(l!)),
        ...valueAndGradients([kl], k => freeBitsKl(k!, { nats: 1 })),
      ];
    },
  },
  ...Object.entries(iwae).flatMap(([name, golden]): ParityRow[] => {
    if (typeof golden === 'string') return [];
    return [
      {
        name: `iwaeLoss, ${name}`,
        of: ['iwaeLoss', 'iwaeBound', 'effectiveSampleSize'],
        run: () => {
          const logWeights = tensor(golden.logWeights);
          const { loss, bound, ess } = iwaeLoss({ logWeights });
          const gradient = tf.grad(w => iwaeLoss({ logWeights: w }).loss)(logWeights);
          return [iwaeBound(logWeights), effectiveSampleSize(logWeights), gradient, loss, bound, ess];
        },
        golden: [golden.perExample.bound, golden.perExample.ess, golden.gradient.flat(), [-golden.bound]],
      },
    ];
  }),
];
