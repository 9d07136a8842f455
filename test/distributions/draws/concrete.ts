import * as tf from '@tensorflow/tfjs';
import { BinaryConcrete } from '../../../src/distributions/binary-concrete';
import { Concrete } from '../../../src/distributions/concrete';
import { GumbelSoftmax } from '../../../src/distributions/gumbel-softmax';
import type { DrawRow } from './row';

const sigmoid = (t: number) => 1 / (1 + Math.exp(-t));
const PROBABILITIES = [0.1, 0.6, 0.05, 0.25];
const logits = () => tf.log(tf.tensor2d([PROBABILITIES]));

export const concreteDraws: readonly DrawRow[] = [
  {
    name: 'BinaryConcrete(0.7) at temperature 0.8',
    draw: (rng, count) => {
      const q = new BinaryConcrete({ logits: tf.tensor2d([[0.7]]), temperature: 0.8 });
      return tf.reshape(q.sample({ rng, samples: count }), [-1]);
    },
    cdf: x => sigmoid(0.8 * Math.log(x / (1 - x)) - 0.7),
  },
  {
    name: 'the log-ratio of two of the classes of a Concrete at temperature 0.5',
    draw: (rng, count) => {
      const y = tf.log(new Concrete({ logits: logits(), temperature: 0.5 }).sample({ rng, samples: count }));
      const [first, second] = tf.unstack(tf.reshape(y, [-1, 4]), 1);
      return tf.sub(first!, second!);
    },
    cdf: t => sigmoid(0.5 * t - Math.log(0.1 / 0.6)),
  },
  {
    name: 'the largest class of a GumbelSoftmax',
    draw: (rng, count) => {
      const soft = new GumbelSoftmax({ logits: logits(), temperature: 0.5 }).sample({ rng, samples: count });
      return tf.cast(tf.reshape(tf.argMax(soft, -1), [-1]), 'float32');
    },
    logMass: k => Math.log(PROBABILITIES[k] ?? 0),
  },
];
