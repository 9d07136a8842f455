import * as tf from '@tensorflow/tfjs';
import type { Terms } from '../objectives/objective';
import { ownTerms, tensorsOf } from './read-terms';

/** The terms of a batch and the gradient of their loss, by the name of the variable; all belong to the caller. */
export type Differentiated = { terms: Terms; gradients: tf.NamedTensorMap };

/**
 * `tf.variableGrads` with all terms instead of the loss alone: tfjs disposes of everything else that was computed on
 * the way, so the terms are kept and handed out as clones, which an enclosing `tf.tidy` sees.
 *
 * @param factor What the gradients are multiplied by.
 */
export function differentiate(evaluate: () => Terms, variables: tf.Variable[], factor?: tf.Tensor): Differentiated {
  let kept: Terms | undefined;
  try {
    const { value, grads } = variableGrads(() => {
      const terms = evaluate();
      // Clones, since a metric may be a variable or a tensor of somebody else's.
      kept = ownTerms(terms);
      tensorsOf(kept).forEach(tf.keep);
      return factor ? tf.mul(terms.loss, factor) : terms.loss;
    }, variables);
    const terms = ownTerms(kept!);
    value.dispose();
    return { terms, gradients: grads };
  } finally {
    if (kept) tf.dispose(tensorsOf(kept));
  }
}

/**
 * `tf.variableGrads`, which leaves nothing behind where `f` or its backward pass throws.
 *
 * tfjs 4.22 holds clones of what the backward pass needs in the nodes of its tape, and lets go of them only where all
 * went well. The tape belongs to the outermost gradient.
 */
export function variableGrads(f: () => tf.Scalar, variables: tf.Variable[]): ReturnType<typeof tf.variableGrads> {
  try {
    return tf.variableGrads(f, variables);
  } catch (error) {
    const { state } = tf.engine();
    if (state.gradientDepth === 0) {
      tf.dispose(state.activeTape?.map(node => node.saved ?? []));
      state.activeTape = [];
    }
    throw error;
  }
}
