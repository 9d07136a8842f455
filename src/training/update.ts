import * as tf from '@tensorflow/tfjs';
import { finiteKernel } from '../backends/adam-kernel';
import { readsAtOnce } from '../optimizers/device';
import type { Gradient, Optimizer, UpdateContext } from '../optimizers/optimizer';
import type { Update, Variables } from '../variables/variables';

/** Finds the path of a variable, and notices when the model has grown. */
export class Paths {
  #known = new Map<tf.Variable, string>();
  readonly #variables: () => Variables;

  constructor(variables: () => Variables) {
    this.#variables = variables;
  }

  of(variable: tf.Variable): string {
    if (!this.#known.has(variable)) {
      this.#known = new Map(Object.entries(this.#variables()).map(([path, v]) => [v, path]));
    }
    const path = this.#known.get(variable);
    if (path === undefined) {
      throw new Error(`trainable variable '${variable.name}' is not among the model's variables(); add it there`);
    }
    return path;
  }
}

/** The settings of one optimizer step. `gate` is 0, or NaN where nothing may change for another reason. */
export type StepOptions = Omit<UpdateContext, 'finite'> & {
  clipNorm: number | undefined;
  gate?: tf.Scalar | undefined;
};

/**
 * One optimizer step: gradients clipped by their global norm, and nothing changed where loss or gradients are not
 * finite. Pascanu et al. 2013 (arXiv 1211.5063, algorithm 1).
 *
 * @returns The flag, 1 where all is finite, else 0; the caller disposes of it.
 */
export function applyGradients(
  optimizer: Optimizer,
  loss: tf.Scalar,
  gradients: readonly Gradient[],
  { clipNorm, gate, ...context }: StepOptions,
): tf.Scalar {
  return tf.tidy(() => {
    const total = clipNorm === undefined ? undefined : squaredNorm(gradients, SCALE * clipNorm);
    const finite = allFinite([loss, ...(gate ? [gate] : []), ...(total ? [total] : gradients.map(g => g.gradient))]);
    optimizer.apply(total ? scaled(gradients, clipFactor(total)) : gradients, { ...context, finite });
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

/** Running statistics and the like, where the step was finite. */
export function applyUpdates(updates: readonly Update[], finite: tf.Scalar): void {
  if (updates.length === 0) return;
  const atOnce = readsAtOnce();
  if (atOnce && finite.dataSync()[0] === 0) return;
  tf.tidy(() => {
    for (const [variable, value] of updates) {
      variable.assign(atOnce ? value : tf.where(tf.cast(finite, 'bool'), value, variable));
    }
  });
}

/** Variables that no gradient trains, and their values now: layers write to running statistics while they run. */
export function remember(variables: Variables): Update[] {
  const resting = Object.values(variables).filter(v => !v.trainable);
  return resting.map(v => [v, tf.clone(v)] as const);
}

/** Takes back what was written in a step that was not finite. */
export function restore(remembered: readonly Update[], finite: tf.Scalar): void {
  const written = remembered.filter(([variable, value]) => variable.dataId !== value.dataId);
  if (written.length > 0) tf.tidy(() => applyUpdates(written, tf.sub(1, finite)));
}

/** Takes back all that was written. */
export function putBack(remembered: readonly Update[]): void {
  for (const [variable, value] of remembered) variable.assign(value);
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
