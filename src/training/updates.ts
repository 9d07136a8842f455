import * as tf from '@tensorflow/tfjs';
import { tidy } from '../ops/tidy';
import { readsAtOnce } from '../optimizers/device';
import type { Update, Variables } from '../variables/variables';

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
export function rememberUntrained(variables: Variables): Update[] {
  const untrained = Object.values(variables).filter(v => !v.trainable);
  return untrained.map(v => [v, tf.clone(v)] as const);
}

/** Takes back what was written in a step that was not finite. */
export function undoUnlessFinite(remembered: readonly Update[], finite: tf.Scalar): void {
  const written = remembered.filter(([variable, value]) => variable.dataId !== value.dataId);
  if (written.length > 0) tf.tidy(() => applyUpdates(written, tf.sub(1, finite)));
}

/** Takes back all that was written. */
export function undo(remembered: readonly Update[]): void {
  for (const [variable, value] of remembered) variable.assign(value);
}

/** A running mean fades from here on; 16-bit floats can still count so far. */
const MOST = 50_000;

/** What a loss is multiplied by, and what to remember of it. */
export type Weighing = { factor: tf.Tensor; updates: readonly Update[] };

/**
 * Turns the loss of a weighted batch, `Σwℓ / Σw`, into its share of the loss of the whole data set, `Σwℓ / (B·w̄)`.
 *
 * w̄ is the mean weight of the data set, or that of all examples so far where the data set is not known. If the
 * loss were divided by the weights of its own batch, an example would count by its neighbours there, and small batches
 * would learn another optimum.
 */
export class WeightMean {
  /** The mean so far, and of how many examples. */
  #running: tf.Variable | undefined;

  /**
   * @param weights `[batch]`.
   * @param known The mean weight of the data set, where known.
   * @returns What the loss is multiplied by in training, and what to remember once the step is made.
   */
  factor(weights: tf.Tensor, known: number | undefined): Weighing {
    return tidy(() => this.factorOf(tf.mean(weights), weights.shape[0]!, known));
  }

  /** The same for a batch of `size` examples of which the mean weight is at hand. */
  factorOf(mean: tf.Tensor, size: number, known: number | undefined): Weighing {
    return tidy(() => {
      if (known !== undefined) return { factor: tf.div(mean, known), updates: [] };
      this.#running ??= tf.variable(tf.zeros([2]), false);
      const [before, count] = tf.unstack(this.#running) as [tf.Tensor, tf.Tensor];
      const all = tf.add(count, size);
      const now = tf.add(before, tf.mul(tf.div(size, all), tf.sub(mean, before)));
      const running = tf.stack([now, tf.minimum(all, MOST)]);
      return { factor: tf.divNoNan(mean, now), updates: [[this.#running, running] as const] };
    });
  }

  /** The running mean, for a checkpoint; nothing where there is none. */
  variables(): Variables {
    return this.#running ? { mean: this.#running } : {};
  }

  /** Goes on from what `variables()` of an earlier run held; the tensors stay the caller's. */
  load({ mean }: tf.NamedTensorMap): void {
    this.dispose();
    if (mean) this.#running = tf.variable(mean, false);
  }

  dispose(): void {
    this.#running?.dispose();
    this.#running = undefined;
  }
}
