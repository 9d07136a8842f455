import * as tf from '@tensorflow/tfjs';
import type { Distribution } from '../distributions/distribution';
import { fillMissing } from '../ops/fill-missing';
import type { Variables } from '../variables/variables';
import type { Family, FamilyContext } from './family';
import { scalarVariable } from './gaussian-sigma';

/** What families of counts take beside their own options. */
export type ExposureOptions = {
  /**
   * By what the means of an example are multiplied. Without it, by `exposure` of the batch where there is one. With
   * `'total'`, by `Σx` of the target, which with a mask is scaled up from the observed elements to all, and is at least 1.
   * Where no target is given, as in `decode`, `reconstruct` and `sample`, that is the `exposure` of the call, or else the
   * median total of the training data (1 before training).
   */
  exposure?: 'total';
};

/** By what the means of a family of counts are multiplied, and what it remembers of that. */
export type ExposureRule = Pick<Family, 'createVariables' | 'updates'> & {
  /** The logarithm of the means times the exposure. */
  apply(logMean: tf.Tensor, context: FamilyContext): tf.Tensor;
};

/** @throws When the option is not one. */
export function exposureRule(owner: string, exposure: ExposureOptions['exposure']): ExposureRule {
  if (exposure === 'total') return totalExposure(owner);
  if (exposure !== undefined) {
    throw new Error(`${owner}: exposure must be 'total' or left out, got ${JSON.stringify(exposure)}`);
  }
  return { apply: (logMean, { exposure: given }) => (given ? tf.add(logMean, tf.log(given)) : logMean) };
}

/** Older steps count less by this factor, so that the median is that of about the last hundred. */
const DECAY = 0.99;
const [MEDIAN, COUNT] = ['exposure/logMedian', 'exposure/count'] as const;

/**
 * The total of an example as its exposure. What is remembered is the mean of the logarithms of the medians of the
 * batches, each weighted by its number of examples.
 */
function totalExposure(owner: string): ExposureRule {
  return {
    createVariables: () => ({ [MEDIAN]: scalarVariable(0, false), [COUNT]: scalarVariable(0, false) }),
    apply(logMean, context) {
      const { target, exposure, variables } = context;
      if (target && exposure) {
        throw new Error(
          `${owner}: exposure 'total' takes Σx of the target: leave out exposure in the data, or the option`,
        );
      }
      if (target) return tf.add(logMean, logTotal(target, context));
      return tf.add(logMean, exposure ? tf.log(exposure) : variables[MEDIAN]!);
    },
    updates(_: Distribution, context) {
      const { target, training, variables, weights } = context;
      if (!target || !training) return [];
      const totals = tf.reshape(logTotal(target, context), [-1]);
      const counts = tf.mul(tf.reshape(seen(target, context), [-1]), weights ?? 1);
      const [median, count] = [variables[MEDIAN]!, variables[COUNT]!];
      const examples = tf.sum(counts);
      const all = tf.add(tf.mul(count, DECAY), examples);
      // Where nothing was observed, the median stays.
      const share = tf.divNoNan(examples, all);
      return [
        [median, tf.add(median, tf.mul(share, tf.sub(weightedMedian(totals, counts), median)))],
        [count, all],
      ];
    },
  };
}

/** `log Σx` of each example, `[batch, 1, …]`: hidden elements count as much as the observed ones do on average. */
function logTotal(target: tf.Tensor, { mask, eventRank }: FamilyContext): tf.Tensor {
  return tf.tidy(() => {
    const axes = eventAxes(target, eventRank);
    const x = tf.cast(target, 'float32');
    if (!mask) return tf.log(tf.maximum(tf.sum(x, axes, true), 1));
    const observed = tf.cast(tf.greater(tf.broadcastTo(mask, x.shape), 0), 'float32');
    const total = tf.sum(fillMissing(x, mask, eventRank), axes, true);
    return tf.log(tf.maximum(tf.divNoNan(total, tf.mean(observed, axes, true)), 1));
  });
}

/** 1 for each example of which something was observed. */
function seen(target: tf.Tensor, { mask, eventRank }: FamilyContext): tf.Tensor {
  const every = tf.ones([target.shape[0]!]);
  return mask ? tf.max(tf.step(tf.broadcastTo(mask, target.shape)), eventAxes(target, eventRank)) : every;
}

function eventAxes({ rank }: tf.Tensor, eventRank: number): number[] {
  return Array.from({ length: eventRank }, (_, i) => rank - eventRank + i);
}

/** The value up to which half of the weight lies; both `[batch]`. */
function weightedMedian(values: tf.Tensor, weights: tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    const { values: falling, indices } = tf.topk(values, values.size);
    const above = tf.cumsum(tf.gather(weights, indices));
    const isBefore = tf.cast(tf.less(above, tf.mul(0.5, tf.sum(weights))), 'int32');
    return tf.gather(falling, tf.minimum(tf.sum(isBefore), tf.scalar(values.size - 1, 'int32')));
  });
}

/** The variables of several parts of a family together. */
export function joinedVariables(parts: readonly Pick<Family, 'createVariables'>[]): Pick<Family, 'createVariables'> {
  const makers = parts.flatMap(({ createVariables }) => createVariables ?? []);
  if (makers.length === 0) return {};
  return { createVariables: event => Object.assign({}, ...makers.map(make => make(event))) as Variables };
}
