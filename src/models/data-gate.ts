import * as tf from '@tensorflow/tfjs';
import type { Batch } from '../data/batch';
import { fillMissing } from '../ops/fill-missing';
import type { VaeModel } from './model';
import { checkedFields, isMasked, rangeOf } from './value-ranges';

/**
 * Whether a batch holds only values that training may see, as a number on the device: 0 if it does, NaN if not.
 *
 * Added to a loss, it stops the update of a bad batch without being read back first.
 */
export function dataGate(batch: Batch, model: Pick<VaeModel, 'support'>): tf.Scalar {
  return tf.tidy(() => {
    const outside = checkedFields.flatMap(name => {
      const given = batch[name];
      if (!given) return [];
      const seen = batch.mask && isMasked(name) ? fillMissing(given, batch.mask) : given;
      const t = tf.cast(seen, 'float32');
      // How far values lie outside: NaN for those that are NaN.
      return tf.sum(tf.abs(tf.sub(t, tf.clipByValue(t, ...rangeOf(name, batch, model)))));
    });
    return tf.where(tf.equal(tf.addN(outside), 0), tf.scalar(0), tf.scalar(Number.NaN)) as tf.Scalar;
  });
}
