import * as tf from '@tensorflow/tfjs';
import type { Batch } from '../data/batch';
import { SUM_SLACK, slackOf, type ValueRule } from '../data/support';
import { fillMissing } from '../ops/fill-missing';
import { checkedFields, fieldRules, isMasked, isSimplex } from './field-rules';
import type { VaeModel } from './model';

/**
 * Whether a batch holds only values that training may see, as a number on the device: 0 if it does, NaN if not.
 *
 * Added to a loss, it stops the update of a bad batch without being read back first.
 */
export function dataGate(batch: Batch, model: Pick<VaeModel, 'support' | 'missing'>): tf.Scalar {
  return tf.tidy(() => {
    const outside = checkedFields.flatMap(name => {
      const given = batch[name];
      if (!given) return [];
      const t = tf.cast(given, 'float32');
      const rules = fieldRules(name, batch, model);
      const all = distance(t, rules);
      const off = rules[0]!.missing ? fillMissing(all, tf.sub(1, tf.cast(tf.isNaN(t), 'float32'))) : all;
      const mask = isMasked(name) ? batch.mask : undefined;
      const sum = tf.sum(mask ? fillMissing(off, mask) : off);
      return isSimplex(name, batch, model) ? [sum, tf.sum(sumOff(t, mask))] : [sum];
    });
    return tf.where(tf.equal(tf.addN(outside), 0), tf.scalar(0), tf.scalar(Number.NaN)) as tf.Scalar;
  });
}

/** How far each value is from what its rule asks for: 0 where it is allowed, and NaN for NaN. */
function distance(t: tf.Tensor, rules: readonly ValueRule[]): tf.Tensor {
  // As many operations for a table of a thousand columns as for one.
  const each = (numberOf: (rule: ValueRule) => number) => {
    const numbers = rules.map(numberOf);
    return numbers.length > 1 ? tf.tensor1d(numbers) : tf.scalar(numbers[0]!);
  };
  const [low, high] = [each(rule => rule.low), each(rule => rule.high)];
  let off = tf.abs(tf.sub(t, tf.minimum(tf.maximum(t, low), high)));
  if (rules.some(rule => rule.open)) {
    const onBound = tf.cast(tf.logicalOr(tf.equal(t, low), tf.equal(t, high)), 'float32');
    off = tf.add(
      off,
      tf.mul(
        onBound,
        each(rule => (rule.open ? 1 : 0)),
      ),
    );
  }
  if (rules.some(rule => rule.grid)) {
    const steps = tf.mul(
      t,
      each(rule => rule.grid ?? 0),
    );
    off = tf.add(off, tf.relu(tf.sub(tf.abs(tf.sub(steps, tf.round(steps))), each(slackOf))));
  }
  return off;
}

/** How far the sum of each vector that was observed is from 1, beyond what rounding explains. */
function sumOff(t: tf.Tensor, mask: tf.Tensor | undefined): tf.Tensor {
  const off = tf.relu(tf.sub(tf.abs(tf.sub(tf.sum(t, -1, true), 1)), SUM_SLACK));
  return mask ? fillMissing(off, tf.min(mask, -1, true)) : off;
}
