import type * as tf from '@tensorflow/tfjs';
import { DiscretizedLogistic } from '../../../src/distributions/discretized-logistic';
import golden from '../../golden/distributions/discretized-logistic.json';
import { levels64 } from '../level-twins';
import { type Row, row } from '../row';
import { levelsOf } from '../supports';

const shared = (levels: number) => ({
  of: 'DiscretizedLogistic',
  make: ({ mean, logScale }: { mean: tf.Tensor; logScale: tf.Tensor }) =>
    new DiscretizedLogistic({ mean, logScale, levels }),
  support: levelsOf(levels),
  without: ['mode', 'variance', 'entropy'] as const,
  logProb64: levels64(levels),
});

export const discretizedLogisticRows: readonly Row[] = [
  row({ ...shared(5), name: 'DiscretizedLogistic', golden: golden.five, event: [4] }),
  row({
    ...shared(32),
    name: 'DiscretizedLogistic over matrices, scalar log-scale',
    golden: golden.scalarScale,
    event: [2, 3],
  }),
];
