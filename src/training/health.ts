import * as tf from '@tensorflow/tfjs';
import type { Batch } from '../data/batch';
import { fillMissing } from '../ops/fill-missing';

/** Whether a step went well: on the device, and read together with its terms. */
export type Health = {
  /** 1 where loss and gradients were finite and the weights moved, else 0. */
  finite?: tf.Scalar;
  /** Least and largest value of data that could not be checked beforehand, `[2]`. */
  range?: tf.Tensor;
};

/** Least and largest observed value of what the decoder has to explain. */
export function rangeOf({ x, target = x, mask }: Batch): tf.Tensor {
  return tf.tidy(() => {
    const seen = mask ? fillMissing(target, mask) : target;
    return tf.cast(tf.stack([tf.min(seen), tf.max(seen)]), 'float32');
  });
}
