import * as tf from '@tensorflow/tfjs';
import { checkCount } from '../ops/check';
import { checkKeys } from '../ops/check-keys';
import { toVariables } from '../variables/put-values';
import { prefixed, within } from '../variables/variables';
import { readsAtOnce } from './device';
import type { Gradient, Optimizer, UpdateContext } from './optimizer';
import { asAbleAs, asOptimizer } from './wrapped';

/** What `accumulateGradients` takes. */
export type AccumulateGradientsOptions = {
  /** Micro-batches for each update. */
  steps: number;
};

/**
 * One update from the mean of the gradients of several batches: the effect of a large batch in the memory of a small
 * one.
 *
 * `ḡ = Σ fᵢBᵢgᵢ / Σ fᵢBᵢ` over a group of `steps` steps, with `fᵢ` 1 where loss and gradients of the step are finite and
 * `Bᵢ` the examples in its batch. With a loss that is a mean over the batch, 4 batches of 32 give the update of one of
 * 128, and so do 3 of 40 and one of 8. A step that is not finite adds nothing and does not count in the mean, yet it
 * takes its place in the group, on every device alike; a group of such steps alone changes nothing.
 *
 * A group ends where `step + 1` is a multiple of `steps`. The wrapped optimizer, its schedule too, counts updates:
 * `⌊step / steps⌋`; schedules of the objective count steps. `clipNorm` clips each micro-batch's gradient. What a last
 * group lacks at the end of `fit` stays, and the next `fit` goes on with it. State: `sum/path`, `count`, `size`, and
 * that of the wrapped optimizer under `inner/`.
 *
 * @param optimizer Ours or one of `tf.train`; disposed of with the wrapper.
 * @throws When `steps` is not a positive integer.
 * @example
 * ```ts
 * const optimizer = accumulateGradients(new Adam({ learningRate: 1e-3 }), { steps: 4 });
 * await new VaeTrainer({ model, optimizer }).fit(xTrain, { epochs: 10, batchSize: 32 }); // as of batches of 128
 * ```
 */
export function accumulateGradients(
  optimizer: Optimizer | tf.Optimizer,
  options: AccumulateGradientsOptions,
): Optimizer {
  checkKeys('accumulateGradients', options, ['steps'], {}, ['steps']);
  const { steps } = options;
  checkCount('accumulateGradients', 'steps', steps);
  const inner = asOptimizer(optimizer);
  return asAbleAs([inner], new Accumulated(inner, steps));
}

class Accumulated implements Optimizer {
  readonly kind: string;
  readonly config: object;
  readonly #inner: Optimizer;
  readonly #steps: number;
  /** The sums of the group so far, by path; empty between two groups. */
  #sums = new Map<string, tf.Variable>();
  /** The total weight of the group's finite steps; on the device, since the flag may be known only there. */
  #count: tf.Variable | undefined;
  /** Examples in the first batch of the group, the unit of the weights; also as a number where that is known here. */
  #size: { variable: tf.Variable; known?: number } | undefined;
  readonly #moves = new Map<string, tf.Variable>();

  constructor(inner: Optimizer, steps: number) {
    this.kind = `accumulateGradients of ${steps} for ${inner.kind ?? 'one of its own'}`;
    this.config = { inner };
    this.#inner = inner;
    this.#steps = steps;
  }

  apply(gradients: readonly Gradient[], { step, finite, examples }: UpdateContext): void {
    tf.tidy(() => {
      for (const { path, variable } of gradients) this.#moves.set(path, variable);
      const share = this.#shareOf(examples);
      if (!readsAtOnce()) this.#add(gradients.map(masked(finite)), finite, share);
      else if (finite.dataSync()[0] !== 0) this.#add(gradients, finite, share);
      if ((step + 1) % this.#steps === 0) this.#update(Math.floor(step / this.#steps));
    });
  }

  variables() {
    return {
      ...(this.#count && { count: this.#count }),
      ...(this.#size && { size: this.#size.variable }),
      ...prefixed('sum', Object.fromEntries(this.#sums)),
      ...prefixed('inner', this.#inner.variables()),
    };
  }

  load(state: tf.NamedTensorMap): void {
    this.#inner.load!(within(state, 'inner'));
    this.#clear();
    this.#sums = new Map(Object.entries(toVariables(within(state, 'sum'))));
    if (state['count']) this.#count = tf.variable(state['count'], false);
    if (state['size']) this.#size = { variable: tf.variable(state['size'], false) };
  }

  dispose(): void {
    this.#clear();
    this.#inner.dispose();
  }

  /** The weight of the batch relative to the first of its group; undefined where it is 1. */
  #shareOf(examples: number | undefined): tf.Tensor | undefined {
    if (examples === undefined) return undefined;
    this.#size ??= { variable: tf.variable(tf.scalar(examples), false), known: examples };
    return this.#size.known === examples ? undefined : tf.div(examples, this.#size.variable);
  }

  #add(gradients: readonly Gradient[], finite: tf.Scalar, share: tf.Tensor | undefined): void {
    const weighed = (t: tf.Tensor) => (share ? tf.mul(t, share) : t);
    for (const { path, gradient } of gradients) {
      const sum = this.#sums.get(path);
      if (sum) sum.assign(tf.add(sum, weighed(gradient)));
      else this.#sums.set(path, tf.variable(weighed(gradient), false));
    }
    if (this.#count) this.#count.assign(tf.add(this.#count, weighed(finite)));
    else this.#count = tf.variable(weighed(finite), false);
  }

  #update(step: number): void {
    const count = this.#count;
    // Without a count no step was finite, and that is known here.
    if (count) this.#inner.apply(this.#means(count), { step, finite: tf.sign(count) as tf.Scalar });
    this.#clear();
  }

  #means(count: tf.Variable): Gradient[] {
    const share = tf.divNoNan(1, count);
    return [...this.#sums].flatMap(([path, sum]) => {
      const variable = this.#moves.get(path);
      // A variable that was frozen within the group stays where it is.
      return variable?.trainable ? [{ path, variable, gradient: tf.mul(sum, share) }] : [];
    });
  }

  #clear(): void {
    tf.dispose([...this.#sums.values()]);
    this.#sums.clear();
    tf.dispose([this.#count, this.#size?.variable]);
    this.#count = undefined;
    this.#size = undefined;
  }
}

/** Zeros in place of what may be NaN. */
function masked(finite: tf.Scalar): (gradient: Gradient) => Gradient {
  const go = tf.cast(finite, 'bool');
  return ({ gradient, ...rest }) => ({ ...rest, gradient: tf.where(go, gradient, tf.zerosLike(gradient)) });
}
