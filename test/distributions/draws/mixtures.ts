import * as tf from '@tensorflow/tfjs';
import { EqualMixture } from '../../../src/distributions/equal-mixture';
import { Normal } from '../../../src/distributions/normal';
import { NormalMixture } from '../../../src/distributions/normal-mixture';
import { FlowDistribution } from '../../../src/flows/flow-distribution';
import { planarFlow } from '../../../src/flows/planar-flow';
import { planarTwin } from '../../flows/twins';
import { normalCdf } from '../../support/statistics';
import type { DrawRow } from './row';

const MEANS = [-2, 0.5, 3];
const SCALES = [0.5, 1, 0.1];
const WEIGHTS = [0.2, 0.5, 0.3];
const cdf = (weights: readonly number[]) => (x: number) =>
  weights.reduce((sum, w, k) => sum + w * normalCdf((x - MEANS[k]!) / SCALES[k]!), 0);
const mean = () => tf.tensor2d(MEANS, [3, 1]);
const logVar = () => tf.mul(2, tf.log(tf.tensor2d(SCALES, [3, 1])));

/** Two steps that split N(0, 1). */
const FEATURES = [3, 2, 0.2, 1, -1.5, 0.4];

/** Where the steps come from: they grow with z₀. */
function undone(z: number): number {
  let [low, high] = [z - 20, z + 20];
  for (let i = 0; i < 50; i++) {
    const middle = (low + high) / 2;
    if (planarTwin([middle], {}, FEATURES)[0]! < z) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

export const mixtureDraws: readonly DrawRow[] = [
  {
    name: 'NormalMixture',
    draw: (rng, count) => {
      const logits = tf.log(tf.tensor2d([WEIGHTS]));
      const p = new NormalMixture({ logits, mean: tf.expandDims(mean(), 0), logVar: tf.expandDims(logVar(), 0) });
      return tf.reshape(p.sample({ rng, samples: count }), [count]);
    },
    cdf: cdf(WEIGHTS),
  },
  {
    name: 'EqualMixture of Normals',
    draw: (rng, count) => {
      const p = new EqualMixture({ components: new Normal({ mean: mean(), logVar: logVar() }) });
      return tf.reshape(p.sample({ rng, samples: count }), [count]);
    },
    cdf: cdf([1 / 3, 1 / 3, 1 / 3]),
  },
  {
    name: 'FlowDistribution of planar steps',
    draw: (rng, count) => {
      const base = new Normal({ mean: tf.zeros([1, 1]), logVar: tf.zeros([1, 1]) });
      const flow = [{ flow: planarFlow({ steps: 2 }), weights: {}, features: tf.tensor2d([FEATURES]) }];
      return tf.reshape(new FlowDistribution({ base, flow }).sample({ rng, samples: count }), [count]);
    },
    cdf: z => normalCdf(undone(z)),
  },
];
