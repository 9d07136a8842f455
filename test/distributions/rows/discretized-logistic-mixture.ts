import type * as tf from '@tensorflow/tfjs';
import { DiscretizedLogisticMixture } from '../../../src/distributions/discretized-logistic-mixture';
import golden from '../../golden/distributions/discretized-logistic-mixture.json';
import { mixture64 } from '../level-twins';
import { type Row, row } from '../row';
import { levelsOf } from '../supports';

const LACKING = ['mode', 'variance', 'entropy', 'klElements'] as const;
type Plain = { logits: tf.Tensor; mean: tf.Tensor; logScale: tf.Tensor };

const shared = (levels: number) => ({
  of: 'DiscretizedLogisticMixture',
  make: ({ logits, mean, logScale }: Plain) => new DiscretizedLogisticMixture({ logits, mean, logScale, levels }),
  support: levelsOf(levels),
  without: LACKING,
  logProb64: mixture64(levels, 3, 1),
});

export const discretizedLogisticMixtureRows: readonly Row[] = [
  row({ ...shared(8), name: 'DiscretizedLogisticMixture', golden: golden.grey, event: [2] }),
  row({ ...shared(5), name: 'DiscretizedLogisticMixture over images', golden: golden.image, event: [2, 2, 1] }),
  row({
    name: 'DiscretizedLogisticMixture, coupled channels',
    of: 'DiscretizedLogisticMixture',
    golden: golden.colour,
    make: ({ logits, mean, logScale, coefficients }) =>
      new DiscretizedLogisticMixture({ logits, mean, logScale, coefficients, levels: 4 }),
    event: [2, 3],
    support: levelsOf(4),
    without: [...LACKING, 'logProbElements'],
    logProb64: mixture64(4, 3, 3),
  }),
];
