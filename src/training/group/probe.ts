import * as tf from '@tensorflow/tfjs';
import type { Batch } from '../../data/batch';
import { withTransforms } from '../../data/transforms';
import { isFloat16 } from '../../ops/float-16';
import { tidy } from '../../ops/tidy';
import type { Gradient } from '../../optimizers/optimizer';
import type { Update } from '../../variables/variables';
import { differentiate } from '../gradients';
import { stepContext } from '../progress';
import type { TrainerState } from '../trainer-state';
import { rememberUntrained, undo } from '../updates';
import { places } from './share';

const NO_STATISTICS =
  "take no statistic over a batch (layer normalisation in place of batch normalisation, sigma: 'shared' in place of 'optimal')";
const OWN_NOISE =
  'draw all noise from context.rng (tf.layers.dropout draws its own: take Dropout of tfjs-vae in its place)';

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
  const now = await probeAt(state, batch, first, steps);
  // A schedule of one's own may know no step after the end of the run: what fails there would not be reached.
  return now ?? (await probeAt(state, batch, first, steps + LATER).catch(() => undefined));
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
        `fit: a step changes ${names} by statistics of its batch, which a group of processes does not share: ${NO_STATISTICS}`,
      );
    }
    const half = Math.floor(count / 2);
    if (half === 0) return undefined;
    const parts = [
      await evaluatePart(state, batch, { first, step }, 0, half),
      await evaluatePart(state, batch, { first, step }, half, count - half),
    ] as const;
    const path = differing(whole, parts);
    if (!path) return undefined;
    const together = parts[0].sum + parts[1].sum;
    return new Error(
      `fit: a group of processes cannot train this: the loss of the first batch is ${whole.sum / whole.weight} nats and its two halves give ${together / whole.weight}; the two differ by ${path}, so the loss is not the mean of the losses of its examples: ${NO_STATISTICS}, and ${OWN_NOISE}`,
    );
  } finally {
    undo(before);
    tf.dispose(before.map(([, value]) => value));
  }
}

/** The loss of some examples and its gradients, not divided by their number, and what it would change. */
type Part = {
  sum: number;
  weight: number;
  gradients: ReadonlyMap<string, Float32Array>;
  updated: readonly tf.Variable[];
};

async function evaluatePart(
  { model, objective, progress, transforms }: TrainerState,
  all: Batch,
  { first, step }: { first: number; step: number },
  from: number,
  count: number,
): Promise<Part> {
  const context = () => stepContext(progress, step, places(first + from, first + from + count));
  const batch = sliceBatch(all, from, count);
  let found: { numbers: tf.Tensor; gradients: readonly Gradient[]; updates: readonly Update[] };
  try {
    found = withTransforms(batch, transforms, context(), transformed =>
      tidy(() => {
        const weight = transformed.weights ? tf.sum(transformed.weights) : tf.scalar(count);
        const variables = { ...objective.variables?.(), ...model.variables() };
        const evaluate = () => objective.evaluate(model, transformed, context());
        const { terms, gradients } = differentiate(evaluate, model.trainableVariables(), variables, weight);
        return { numbers: tf.stack([tf.mul(terms.loss, weight), weight]), gradients, updates: terms.updates ?? [] };
      }),
    );
  } finally {
    tf.dispose(Object.values(batch));
  }
  const [sum, weight] = (await found.numbers.data()) as unknown as [number, number];
  const gradients = new Map<string, Float32Array>();
  for (const { path, gradient } of found.gradients) gradients.set(path, (await gradient.data()) as Float32Array);
  tf.dispose([found.numbers, found.gradients.map(g => g.gradient), found.updates.map(([, value]) => value)]);
  return { sum, weight, gradients, updated: found.updates.map(([variable]) => variable) };
}

/**
 * By what the whole differs from its parts by more than rounding: the gradient of a variable, or the loss.
 *
 * Gradients show more than the loss: a penalty on the covariance of a batch is a thousandth of it, but much of what
 * moves the encoder. Rounding was seen to give 5e-8, and what couples examples 0.01 and more.
 */
function differing(whole: Part, parts: readonly Part[]): string | undefined {
  const size = (values: Float32Array) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  const all = Math.sqrt([...whole.gradients.values()].reduce((sum, gradient) => sum + size(gradient) ** 2, 0));
  for (const [path, gradient] of whole.gradients) {
    const others = parts.map(part => part.gradients.get(path) ?? new Float32Array(gradient.length));
    const rest = gradient.map((value, i) => value - others.reduce((sum, other) => sum + other[i]!, 0));
    const unit = size(gradient) + others.reduce((sum, other) => sum + size(other), 0) + 1e-3 * all;
    if (size(rest) > (isFloat16() ? 0.05 : 2e-5) * unit) return `the gradient of ${path}`;
  }
  const unit = Math.abs(whole.sum) + parts.reduce((sum, part) => sum + Math.abs(part.sum), 0);
  const off = Math.abs(whole.sum - parts.reduce((sum, part) => sum + part.sum, 0));
  return off > (isFloat16() ? 0.02 : 2e-4) * unit ? 'more than rounding explains' : undefined;
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
