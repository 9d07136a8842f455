import * as tf from '@tensorflow/tfjs';
import type { Update, Variables } from '../models/model';
import { readsAtOnce } from '../optimizers/device';
import type { Gradient, Optimizer } from '../optimizers/optimizer';

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
      throw new Error(`a trainable variable, '${variable.name}', is not among the model's variables(); add it there`);
    }
    return path;
  }
}

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
  options: { step: number; clipNorm: number | undefined },
): tf.Scalar {
  return tf.tidy(() => {
    const { step, clipNorm } = options;
    const total = gradients
      .map(({ gradient }) => tf.sum(clipNorm === undefined ? gradient : tf.square(gradient)))
      .reduce((a, b) => tf.add(a, b), tf.scalar(0));
    // NaN and ±∞ survive every sum, so one number tells of all of them.
    const finite = tf.cast(tf.isFinite(tf.add(total, loss)), 'float32') as tf.Scalar;
    const clipped = clipNorm === undefined ? gradients : scaled(gradients, clipFactor(total, clipNorm));
    optimizer.apply(clipped, { step, finite });
    return finite;
  });
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
  const atOnce = readsAtOnce();
  if (written.length === 0 || (atOnce && finite.dataSync()[0] === 1)) return;
  tf.tidy(() => {
    for (const [variable, value] of written) {
      variable.assign(atOnce ? value : tf.where(tf.cast(finite, 'bool'), variable, value));
    }
  });
}

function clipFactor(squaredNorm: tf.Tensor, clipNorm: number): tf.Tensor {
  return tf.minimum(1, tf.mul(clipNorm, tf.rsqrt(tf.add(squaredNorm, 1e-30))));
}

function scaled(gradients: readonly Gradient[], factor: tf.Tensor): Gradient[] {
  return gradients.map(({ gradient, ...rest }) => ({ ...rest, gradient: tf.mul(gradient, factor) }));
}
