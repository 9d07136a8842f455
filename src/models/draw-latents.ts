import * as tf from '@tensorflow/tfjs';
import type { Distribution } from '../distributions/distribution';
import type { Rng } from '../random/rng';

/**
 * One z for each of `count` examples, `[count, …]`.
 *
 * @throws When the batch of the prior is neither 1 nor `count`.
 */
export function drawLatents(prior: Distribution, count: number, rng: Rng): tf.Tensor {
  const z = prior.sample({ rng });
  const batch = z.shape[0];
  if (batch === count) return z;
  if (batch !== 1) throw new Error(`Vae.sample: the prior has a batch of ${batch}, not 1 or ${count}`);
  const draws = prior.sample({ rng, samples: count });
  return tf.reshape(tf.slice(draws, [0, 0], [count, 1]), [count, ...draws.shape.slice(2)]);
}

/**
 * A condition for each of `count` examples, also where one is given for all.
 *
 * @throws When it is neither `[count, …]` nor `[1, …]`.
 */
export function conditionForEach(condition: tf.Tensor, count: number): tf.Tensor {
  if (condition.shape[0] === count) return condition;
  if (condition.shape[0] !== 1) {
    throw new Error(`Vae.sample: condition must be [${count}, …] or [1, …], got [${condition.shape}]`);
  }
  return tf.tile(
    condition,
    condition.shape.map((_, axis) => (axis === 0 ? count : 1)),
  );
}
