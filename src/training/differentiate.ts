import * as tf from '@tensorflow/tfjs';
import type { Terms } from '../objectives/objective';
import { disposeTerms, scalarsOf } from './read-terms';

/** The terms of a batch and the gradient of their loss, by the name of the variable; all belong to the caller. */
export type Differentiated = { terms: Terms; gradients: tf.NamedTensorMap };

/**
 * `tf.variableGrads` with all terms instead of the loss alone: tfjs disposes of everything else that was computed on
 * the way, so the terms are kept and handed out as clones, which an enclosing `tf.tidy` sees.
 */
export function differentiate(evaluate: () => Terms, variables: tf.Variable[]): Differentiated {
  let kept: Terms | undefined;
  try {
    const { value, grads } = tf.variableGrads(() => {
      const terms = evaluate();
      for (const [, scalar] of scalarsOf(terms)) tf.keep(scalar);
      for (const [, update] of terms.updates ?? []) tf.keep(update);
      kept = terms;
      return terms.loss;
    }, variables);
    const terms = cloneTerms(kept!);
    value.dispose();
    return { terms, gradients: grads };
  } finally {
    if (kept) disposeTerms(kept);
  }
}

function cloneTerms({ metrics = {}, updates = [], schedules, ...scalars }: Terms): Terms {
  return {
    ...cloned(scalars),
    metrics: cloned(metrics),
    ...(schedules && { schedules }),
    updates: updates.map(([variable, value]) => [variable, tf.clone(value)] as const),
  };
}

function cloned<T extends Record<string, tf.Scalar>>(named: T): T {
  return Object.fromEntries(Object.entries(named).map(([name, t]) => [name, t && tf.clone(t)])) as T;
}
