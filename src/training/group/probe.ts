import * as tf from '@tensorflow/tfjs';
import type { Batch } from '../../data/batch';
import { withTransforms } from '../../data/transforms';
import { isFloat16 } from '../../ops/float-16';
import { stepContext } from '../progress';
import type { TrainerState } from '../trainer-state';
import { rememberUntrained, undo } from '../updates';
import { places } from './share';

const MENDS =
  "Noise must come from context.rng (tf.layers.dropout draws its own: take Dropout of tfjs-vae), and no statistic may be taken over a batch (layer normalisation in place of batch normalisation, sigma: 'shared' in place of 'optimal')";

/**
 * How many steps later schedules are looked at again: a term that is warmed up has no weight in the first step. It is
 * not a round number, at which a cycle might begin anew.
 */
const LATER = 1_234_567;

/**
 * Looks for what a group cannot train: a loss that is not the sum of those of its examples, and running statistics.
 *
 * The objective is computed on the first batch of this process and on its two halves, with the same noise.
 *
 * @param first The place of the first example in the batch of the group.
 * @returns What is wrong, if anything is; nothing has changed.
 */
export async function probe(state: TrainerState, batch: Batch, first: number): Promise<Error | undefined> {
  const { steps } = state.progress;
  return (await probeAt(state, batch, first, steps)) ?? (await probeAt(state, batch, first, steps + LATER));
}

async function probeAt(state: TrainerState, batch: Batch, first: number, step: number): Promise<Error | undefined> {
  const variables = state.model.variables();
  const before = rememberUntrained(variables);
  try {
    const count = batch.x.shape[0]!;
    const whole = await evaluatePart(state, batch, { first, step }, 0, count);
    const moved = new Set([
      ...whole.updated,
      ...before.filter(([variable, value]) => variable.dataId !== value.dataId).map(([variable]) => variable),
    ]);
    const paths = Object.entries({ ...state.objective.variables?.(), ...variables }).filter(([, v]) => moved.has(v));
    if (moved.size > 0) {
      const names = paths.map(([path]) => path).join(', ') || 'a variable without a path';
      return new Error(
        `fit: a step changes ${names} by statistics of its batch, which a group of processes does not share. ${MENDS}`,
      );
    }
    const half = Math.floor(count / 2);
    if (half === 0) return undefined;
    const parts = [
      await evaluatePart(state, batch, { first, step }, 0, half),
      await evaluatePart(state, batch, { first, step }, half, count - half),
    ] as const;
    const together = parts[0].sum + parts[1].sum;
    const unit = Math.abs(whole.sum) + Math.abs(parts[0].sum) + Math.abs(parts[1].sum);
    if (!(Math.abs(whole.sum - together) > (isFloat16() ? 0.02 : 2e-4) * unit)) return undefined;
    return new Error(
      `fit: a group of processes cannot train this: the loss of the first batch is ${whole.sum / whole.weight} nats, but its two halves give ${together / whole.weight}, so it is not the mean of the losses of its examples. ${MENDS}`,
    );
  } finally {
    undo(before);
    tf.dispose(before.map(([, value]) => value));
  }
}

/** The loss of some examples, not divided by their number, and what it would change. */
async function evaluatePart(
  { model, objective, progress, transforms }: TrainerState,
  all: Batch,
  { first, step }: { first: number; step: number },
  from: number,
  count: number,
) {
  const context = () => stepContext(progress, step, places(first + from, first + from + count));
  const batch = sliceBatch(all, from, count);
  const updated: tf.Variable[] = [];
  const numbers = withTransforms(batch, transforms, context(), transformed =>
    tf.tidy(() => {
      const { loss, updates = [] } = objective.evaluate(model, transformed, context());
      updated.push(...updates.map(([variable]) => variable));
      const weight = transformed.weights ? tf.sum(transformed.weights) : tf.scalar(count);
      return tf.stack([tf.mul(loss, weight), weight]);
    }),
  );
  const [sum, weight] = (await numbers.data()) as unknown as [number, number];
  tf.dispose([numbers, Object.values(batch)]);
  return { sum, weight, updated };
}

/** Some examples of a batch, as tensors of their own. */
export function sliceBatch(batch: Batch, from: number, count: number): Batch {
  const fields = Object.entries(batch).filter((entry): entry is [string, tf.Tensor] => entry[1] !== undefined);
  return Object.fromEntries(
    fields.map(([name, t]) => [
      name,
      tf.slice(t, [from, ...t.shape.slice(1).map(() => 0)], [count, ...t.shape.slice(1)]),
    ]),
  ) as Batch;
}
