import * as tf from '@tensorflow/tfjs';
import type { Objective } from './objective';
import { onePass } from './one-pass';
import { passElbo } from './pass-losses';

/** `elboObjective()` without what its options bring: what a trainer minimises unless told otherwise. */
export function plainElbo(): Objective {
  return {
    config: { kind: 'elbo', beta: 1 },
    evaluate: onePass((pass, batch) => {
      const bound = passElbo(pass, batch);
      return { ...bound, loss: tf.add(bound.reconstruction, bound.kl ?? 0), schedules: { beta: 1 } };
    }),
  };
}
