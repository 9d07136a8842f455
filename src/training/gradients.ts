import * as tf from '@tensorflow/tfjs';
import { finiteKernel } from '../backends/adam-kernel';
import { readsAtOnce } from '../optimizers/device';
import type { Gradient, Optimizer, UpdateContext } from '../optimizers/optimizer';
import type { Variables } from '../variables/variables';
import { type LossTerms, ownTerms, tensorsOf } from './read-terms';

/** How a step is made. */
export type DescentOptions = Omit<UpdateContext, 'finite'> & {
  optimizer: Optimizer;
  /** Largest global norm of the gradient. */
  clipNorm: number | undefined;
  /** 0, or NaN where nothing may change for another reason. */
  gate?: tf.Scalar | undefined;
  /** What the gradients are multiplied by. */
  factor?: tf.Tensor | undefined;
};

/**
 * One step of an optimizer down the gradient of a loss; nothing moves where the loss or a gradient is not finite.
 *
 * @param evaluate The terms of the batch, of which `loss` is differentiated.
 * @param trained What may move.
 * @param variables All variables by path, those that are trained among them.
 * @returns The terms before the step, and 1 where it was made, else 0; the caller disposes of them.
 */
export function descend<T extends LossTerms>(
  evaluate: () => T,
  trained: tf.Variable[],
  variables: Variables,
  options: DescentOptions,
): { terms: T; finite: tf.Scalar } {
  const { terms, gradients } = differentiate(evaluate, trained, variables, options.factor);
  return { terms, finite: applyGradients(terms.loss, gradients, options) };
}

/**
 * `tf.variableGrads` with all terms instead of the loss alone: tfjs disposes of everything else that was computed on
 * the way, so the terms are kept and handed out as clones, which an enclosing `tf.tidy` sees.
 *
 * @returns The terms of the batch and the gradients of their loss; all belong to the caller.
 */
export function differentiate<T extends LossTerms>(
  evaluate: () => T,
  trained: tf.Variable[],
  variables: Variables,
  factor?: tf.Tensor,
): { terms: T; gradients: Gradient[] } {
  let kept: T | undefined;
  try {
    const { value, grads } = variableGrads(() => {
      const terms = evaluate();
      // Clones, since a metric may be a variable or a tensor of somebody else's.
      kept = ownTerms(terms);
      tensorsOf(kept).forEach(tf.keep);
      return factor ? tf.mul(terms.loss, factor) : terms.loss;
    }, trained);
    const terms = ownTerms(kept!);
    value.dispose();
    return { terms, gradients: byPath(grads, trained, variables) };
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
function variableGrads(f: () => tf.Scalar, variables: tf.Variable[]): ReturnType<typeof tf.variableGrads> {
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

/** @throws When a variable has no path. */
function byPath(gradients: tf.NamedTensorMap, trained: tf.Variable[], variables: Variables): Gradient[] {
  const paths = new Map(Object.entries(variables).map(([path, variable]) => [variable, path]));
  return trained.flatMap(variable => {
    const gradient = gradients[variable.name];
    if (!gradient) return [];
    const path = paths.get(variable);
    if (path !== undefined) return [{ path, variable, gradient }];
    throw new Error(`trainable variable '${variable.name}' is not among the model's variables(); add it there`);
  });
}

/**
 * One optimizer step: gradients clipped by their global norm, and nothing changed where loss or gradients are not
 * finite. Pascanu et al. 2013 (arXiv 1211.5063, algorithm 1).
 *
 * @returns The flag, 1 where all is finite, else 0; the caller disposes of it.
 */
export function applyGradients(
  loss: tf.Scalar,
  gradients: readonly Gradient[],
  { optimizer, clipNorm, gate, step, examples }: Omit<DescentOptions, 'factor'>,
): tf.Scalar {
  return tf.tidy(() => {
    const total = clipNorm === undefined ? undefined : squaredNorm(gradients, SCALE * clipNorm);
    const finite = allFinite([loss, ...(gate ? [gate] : []), ...(total ? [total] : gradients.map(g => g.gradient))]);
    const clipped = total ? scaled(gradients, clipFactor(total)) : gradients;
    optimizer.apply(clipped, { step, finite, ...(examples !== undefined && { examples }) });
    return finite;
  });
}

/**
 * 1 where all numbers are finite, else 0. NaN and ±∞ survive every sum and mean, so one number stands for all of them.
 */
function allFinite(tensors: tf.Tensor[]): tf.Scalar {
  if (tf.getKernel(finiteKernel, tf.getBackend())) {
    return tf.engine().runKernel(finiteKernel, tensors as unknown as tf.NamedTensorMap) as tf.Scalar;
  }
  // On GPUs the mean, since sums may overflow 16-bit floats; elsewhere the sum, which is faster on cpu.
  const gather = readsAtOnce() ? tf.sum : tf.mean;
  const total = tensors.map(t => (t.rank > 0 ? gather(t) : t)).reduce((a, b) => tf.add(a, b));
  return tf.cast(tf.isFinite(total), 'float32') as tf.Scalar;
}

function squaredNorm(gradients: readonly Gradient[], unit: number): tf.Scalar {
  const squares = gradients.map(({ gradient }) => tf.sum(tf.square(tf.div(gradient, unit))));
  return squares.reduce((a, b) => tf.add(a, b), tf.scalar(0)) as tf.Scalar;
}

/** Norms are measured in 16 clipNorm: their squares then fit 16 bits up to 4,000 clipNorm. */
const SCALE = 16;

/** `min(1, clipNorm / norm)`, by `(norm / (16 clipNorm))²`. */
function clipFactor(squaredNorm: tf.Tensor): tf.Tensor {
  return tf.div(tf.rsqrt(tf.maximum(squaredNorm, SCALE ** -2)), SCALE);
}

function scaled(gradients: readonly Gradient[], factor: tf.Tensor): Gradient[] {
  return gradients.map(({ gradient, ...rest }) => ({ ...rest, gradient: tf.mul(gradient, factor) }));
}
