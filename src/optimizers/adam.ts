import * as tf from '@tensorflow/tfjs';
import type { Variables } from '../models/model';
import { expm1MinusX } from '../ops/expm1-minus-x';
import { type Schedule, scheduled } from '../schedules/schedule';
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

type Slots = { m: tf.Variable; v: tf.Variable };

/**
 * Adam with an explicit ε, slots by structural path, and an update that does nothing where the gradients are not finite.
 *
 * `m ← β₁m + (1 − β₁)g`, `v ← β₂v + (1 − β₂)g²`, `θ ← θ − α·m̂ / (√v̂ + ε)` with `m̂ = m / (1 − β₁ᵗ)` and
 * `v̂ = v / (1 − β₂ᵗ)`: Kingma & Ba 2015 (arXiv 1412.6980, algorithm 1). t counts finite updates.
 *
 * @example
 * ```ts
 * new VaeTrainer({ model, optimizer: new Adam({ learningRate: 3e-4, beta2: 0.99 }) });
 * ```
 */
export class Adam implements Optimizer {
  readonly #options: Required<Omit<AdamOptions, 'epsilon'>> & { epsilon: number | undefined };
  readonly #slots = new Map<string, Slots>();
  #count: tf.Variable | undefined;

  /** @throws When an option is out of range. */
  constructor({ learningRate = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon }: AdamOptions = {}) {
    if (typeof learningRate === 'number' && !(Number.isFinite(learningRate) && learningRate > 0)) {
      throw new Error(`Adam: learningRate must be a positive number or a schedule, got ${learningRate}`);
    }
    for (const [name, value] of Object.entries({ beta1, beta2 })) {
      if (!(value >= 0 && value < 1)) throw new Error(`Adam: ${name} must be in [0, 1), got ${value}`);
    }
    if (epsilon !== undefined && !(epsilon > 0)) throw new Error(`Adam: epsilon must be positive, got ${epsilon}`);
    this.#options = { learningRate, beta1, beta2, epsilon };
  }

  apply(gradients: readonly Gradient[], { step, finite }: UpdateContext): void {
    const atOnce = readsAtOnce();
    if (atOnce && finite.dataSync()[0] === 0) return;
    const { learningRate, beta1, beta2, epsilon = defaultEpsilon() } = this.#options;
    tf.tidy(() => {
      // Where the flag is not known here, it becomes part of the arithmetic: with 0 nothing moves.
      const go = atOnce ? tf.scalar(1) : finite;
      this.#count ??= slot(tf.scalar(0));
      this.#count.assign(tf.add(this.#count, go));
      const gain1 = tf.mul(1 - beta1, go);
      const gain2 = tf.mul(1 - beta2, go);
      const stepSize = tf.div(tf.mul(scheduled(learningRate, step), go), biasCorrection(beta1, this.#count));
      const scale2 = tf.rsqrt(biasCorrection(beta2, this.#count));
      for (const { path, variable, gradient } of gradients) {
        tf.tidy(() => {
          const { m, v } = this.#slotsOf(path, variable);
          const g = atOnce ? gradient : tf.where(tf.cast(go, 'bool'), gradient, tf.zerosLike(gradient));
          m.assign(tf.add(m, tf.mul(gain1, tf.sub(g, m))));
          v.assign(tf.add(v, tf.mul(gain2, tf.sub(tf.square(g), v))));
          const denominator = tf.add(tf.mul(tf.sqrt(v), scale2), epsilon);
          variable.assign(tf.sub(variable, tf.mul(stepSize, tf.div(m, denominator))));
        });
      }
    });
  }

  variables(): Variables {
    const variables: Variables = this.#count ? { count: this.#count } : {};
    for (const [path, { m, v }] of this.#slots) Object.assign(variables, { [`${path}/m`]: m, [`${path}/v`]: v });
    return variables;
  }

  dispose(): void {
    for (const v of Object.values(this.variables())) v.dispose();
    this.#slots.clear();
    this.#count = undefined;
  }

  #slotsOf(path: string, variable: tf.Variable): Slots {
    let slots = this.#slots.get(path);
    if (!slots) {
      slots = { m: slot(tf.zerosLike(variable)), v: slot(tf.zerosLike(variable)) };
      this.#slots.set(path, slots);
    }
    return slots;
  }
}

function slot(initial: tf.Tensor): tf.Variable {
  return tf.variable(initial, false);
}

/** `1 − βᵗ = −expm1(t·log β)`, to float32 precision for small t too. */
function biasCorrection(beta: number, count: tf.Tensor): tf.Tensor {
  if (beta === 0) return tf.scalar(1);
  const exponent = tf.mul(Math.log(beta), count);
  return tf.neg(tf.add(expm1MinusX(exponent), exponent));
}
