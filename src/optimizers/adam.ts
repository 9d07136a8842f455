import * as tf from '@tensorflow/tfjs';
import { type AdamAttrs, type AdamInputs, type AdamSettings, adamKernel } from '../backends/adam-kernel';
import { checkKeys } from '../ops/check-keys';
import { expm1MinusX } from '../ops/expm1-minus-x';
import { type Schedule, scheduled } from '../schedules/schedule';
import { toVariables } from '../variables/put-values';
import type { Variables } from '../variables/variables';
import { defaultEpsilon, readsAtOnce } from './device';
import type { Gradient, Optimizer, UpdateContext } from './optimizer';

/** What `Adam` takes. */
export type AdamOptions = {
  /** Step size: a number or a schedule. Default 1e-3. */
  learningRate?: number | Schedule;
  /** Decay of the first moment. Default 0.9. */
  beta1?: number;
  /** Decay of the second moment. Default 0.999. */
  beta2?: number;
  /** Default 1e-7, or 1e-4 on devices of 16-bit floats. */
  epsilon?: number;
};

/** The keys of `AdamOptions`. */
export const ADAM_KEYS = ['learningRate', 'beta1', 'beta2', 'epsilon'] as const;

/** The new variable, m and v. */
type Updated = [tf.Tensor, tf.Tensor, tf.Tensor];

/**
 * Adam with an explicit ε, slots by structural path, and an update that does nothing where the gradients are not finite.
 *
 * `m ← β₁m + (1 − β₁)g`, `v ← β₂v + (1 − β₂)g²`, `θ ← θ − α·m̂ / (√v̂ + ε)` with `m̂ = m / (1 − β₁ᵗ)` and
 * `v̂ = v / (1 − β₂ᵗ)`: Kingma & Ba 2015 (arXiv 1412.6980, algorithm 1). t counts finite updates; β₁ and
 * β₂ are rounded to 32 bits. Once `prepareBackend` has run, each variable is updated in one pass over memory, on webgl
 * in three.
 *
 * @example
 * ```ts
 * new VaeTrainer({ model, optimizer: new Adam({ learningRate: 3e-4, beta2: 0.99 }) });
 * ```
 */
export class Adam implements Optimizer {
  /** `AdamW` has the same state. */
  readonly kind = 'Adam';
  rateFactor = 1;
  /** The options. */
  readonly config: Required<Omit<AdamOptions, 'epsilon'>> & {
    /** As it was given; undefined where it depends on the device. */
    epsilon: number | undefined;
  };
  /** `count`, and `path/m` and `path/v` of each variable. */
  #state = new Map<string, tf.Variable>();

  /** @throws When an option is out of range. */
  constructor(options: AdamOptions = {}) {
    checkKeys('Adam', options, ADAM_KEYS, { lr: 'learningRate' });
    const { learningRate = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon } = options;
    if (typeof learningRate !== 'function' && !(Number.isFinite(learningRate) && learningRate > 0)) {
      throw new Error(`Adam: learningRate must be a positive number or a schedule, got ${learningRate}`);
    }
    for (const [name, value] of Object.entries({ beta1, beta2 })) {
      if (!(value >= 0 && Math.fround(value) < 1)) throw new Error(`Adam: ${name} must be in [0, 1), got ${value}`);
    }
    if (!((epsilon ?? 1) > 0)) throw new Error(`Adam: epsilon must be positive, got ${epsilon}`);
    this.config = { learningRate, beta1: Math.fround(beta1), beta2: Math.fround(beta2), epsilon };
  }

  apply(gradients: readonly Gradient[], { step, finite }: UpdateContext): void {
    if (readsAtOnce() && finite.dataSync()[0] === 0) return;
    const { learningRate, epsilon = defaultEpsilon(), ...betas } = this.config;
    tf.tidy(() => {
      const count = this.#slot('count', finite);
      count.assign(tf.add(count, finite));
      const rate = this.rateFactor * scheduled(learningRate, step);
      if (!(rate >= 0 && rate < Infinity))
        throw new Error(`Adam: learningRate must be 0 or more, got ${rate} at step ${step}`);
      const settings = { ...betas, epsilon, rate };
      const fused = tf.getKernel(adamKernel, tf.getBackend());
      const update = fused ? inOneKernel : inOperations(settings, count, finite);
      for (const { path, variable, gradient } of gradients) {
        tf.tidy(() => {
          const m = this.#slot(`${path}/m`, variable);
          const v = this.#slot(`${path}/v`, variable);
          const attrs = { ...settings, weightDecay: this.weightDecay(path) };
          const updated = update({ variable, m, v, gradient, count, finite }, attrs);
          variable.assign(updated[0]);
          m.assign(updated[1]);
          v.assign(updated[2]);
        });
      }
    });
  }

  variables(): Variables {
    return Object.fromEntries(this.#state);
  }

  /**
   * Goes on from what `variables()` of an earlier run held.
   *
   * @param state Stays the caller's.
   */
  load(state: tf.NamedTensorMap): void {
    const loaded = toVariables(state);
    this.dispose();
    this.#state = new Map(Object.entries(loaded));
  }

  dispose(): void {
    tf.dispose(this.variables());
    this.#state.clear();
  }

  /** λ of a variable: how much of itself it loses per unit of learning rate. */
  protected weightDecay(_path: string): number {
    return 0;
  }

  /** A state variable; zeros at first. */
  #slot(name: string, like: tf.Tensor): tf.Variable {
    const slot = this.#state.get(name) ?? tf.variable(tf.zerosLike(like), false);
    this.#state.set(name, slot);
    return slot;
  }
}

function inOneKernel(inputs: AdamInputs, attrs: AdamAttrs): Updated {
  return tf.engine().runKernel(adamKernel, inputs, attrs) as Updated;
}

/** Where the flag is not known here, it is part of the arithmetic: with 0 nothing moves. */
function inOperations({ beta1, beta2, epsilon, rate }: AdamSettings, count: tf.Tensor, finite: tf.Tensor) {
  const average1 = movingAverage(beta1, finite);
  const average2 = movingAverage(beta2, finite);
  const step = tf.mul(rate, finite);
  // Before the first finite step the count is 0, and so would be the divisor.
  const counted = tf.maximum(count, 1);
  // √v̂ = √v / c: c is put into α and ε, which are one number for all variables.
  const c = tf.sqrt(biasCorrection(beta2, counted));
  const stepSize = tf.mul(tf.div(step, biasCorrection(beta1, counted)), c);
  const bound = tf.mul(epsilon, c);
  const go = tf.cast(finite, 'bool');
  return ({ variable, m, v, gradient }: AdamInputs, { weightDecay }: AdamAttrs): Updated => {
    const g = readsAtOnce() ? gradient : tf.where(go, gradient, tf.zerosLike(gradient));
    const first = average1(m, g);
    const second = average2(v, tf.square(g));
    const moved = tf.div(tf.mul(stepSize, first), tf.add(tf.sqrt(second), bound));
    const change = weightDecay ? tf.add(moved, tf.mul(tf.mul(weightDecay, step), variable)) : moved;
    return [tf.sub(variable, change), first, second];
  };
}

/**
 * `β·before + (1 − β)·x`, or `before` where the flag is 0. Not `before + (1 − β)·(x − before)`, which loses an x that is
 * small beside it.
 */
function movingAverage(beta: number, finite: tf.Tensor) {
  const decay = tf.add(tf.mul(beta, finite), tf.sub(1, finite));
  const gain = tf.mul(1 - beta, finite);
  return (before: tf.Tensor, x: tf.Tensor) => tf.add(tf.mul(decay, before), tf.mul(gain, x));
}

/** `1 − βᵗ`, to float32 precision: near βᵗ = 1 by `−expm1(t·log β)`. */
function biasCorrection(beta: number, count: tf.Tensor): tf.Tensor {
  // log 0 would be −∞; 1 − 10⁻³⁰ is 1.
  const exponent = tf.mul(Math.log(beta || 1e-30), count);
  // Far from 0 it would be a difference of large numbers, in which the 1 is lost.
  const near = tf.neg(tf.add(exponent, expm1MinusX(exponent)));
  return tf.where(tf.greater(exponent, -0.5), near, tf.sub(1, tf.exp(exponent)));
}
