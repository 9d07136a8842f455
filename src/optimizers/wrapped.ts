import type * as tf from '@tensorflow/tfjs';
import type { Optimizer } from './optimizer';
import { fromTfOptimizer } from './tf-optimizer';

/** An optimizer of ours, or one of `tf.train` behind our contract. */
export function asOptimizer(optimizer: Optimizer | tf.Optimizer): Optimizer {
  if (typeof optimizer !== 'object' || !('apply' in optimizer || 'applyGradients' in optimizer)) {
    throw new Error(`optimizer must be one such as new Adam() or tf.train.sgd(0.1), got ${String(optimizer)}`);
  }
  return 'applyGradients' in optimizer ? fromTfOptimizer(optimizer) : optimizer;
}

/**
 * Gives a wrapper the abilities that all wrapped optimizers have: its rate factor sets theirs, and `rateFactor` and
 * `load` are absent where one of them lacks it.
 */
export function asAbleAs(inner: readonly Optimizer[], wrapper: Optimizer): Optimizer {
  if (inner.some(optimizer => !optimizer.load)) Object.defineProperty(wrapper, 'load', { value: undefined });
  if (inner.some(optimizer => optimizer.rateFactor === undefined)) return wrapper;
  return Object.defineProperty(wrapper, 'rateFactor', {
    enumerable: true,
    get: () => inner[0]!.rateFactor,
    set(factor: number) {
      for (const optimizer of inner) optimizer.rateFactor = factor;
    },
  });
}
