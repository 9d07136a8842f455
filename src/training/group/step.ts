import * as tf from '@tensorflow/tfjs';
import type { Batch } from '../../data/batch';
import { withTransforms } from '../../data/transforms';
import type { OpenData } from '../../models/open-data';
import { tidy } from '../../ops/tidy';
import type { Gradient } from '../../optimizers/optimizer';
import { applyGradients, differentiate } from '../gradients';
import { countStep, stepContext } from '../progress';
import { type Reading, tensorsOf } from '../read-terms';
import type { TrainerState } from '../trainer-state';
import { applyUpdates } from '../updates';
import type { Group } from './group';
import { type Found, pack, type Sum, unpack } from './message';
import { places } from './share';

/** What a process brings to a step. */
export type Share = {
  /** Its examples; any batch of good values, where it has none. */
  batch: Batch;
  /** How many of these count: all, or 0. */
  examples: number;
  /** The place of its first example in the batch of the whole group. */
  first: number;
  /** How many examples the group is known or guessed to have; it sets the scale of the sums alone. */
  whole: number;
  /** Whether it is to stop before this step. */
  leaving: boolean;
};

/** How a step ended: it was made, one process was to stop, or none had an example. */
export type Outcome = { kind: 'made'; reading: Promise<Reading>; examples: number } | { kind: 'stopped' | 'over' };

/**
 * One step of all processes: each differentiates its share, the sums go around once, and each makes the same update.
 *
 * The gradient is `Σ over examples / size of the whole batch`, so shares may differ in size. Clipping and the look for
 * what is not finite come after the sum: they are decided for all processes together.
 */
export async function groupStep(state: TrainerState, group: Group, share: Share, data: OpenData): Promise<Outcome> {
  const found = differentiateShare(state, share, data.gate);
  let sum: Sum;
  try {
    sum = unpack(await group.sum(await pack(found, share)), found.terms);
  } finally {
    tf.dispose([tensorsOf(found.terms), found.gate ?? [], found.weight, found.gradients.map(g => g.gradient)]);
  }
  if (sum.leaving) return { kind: 'stopped' };
  if (sum.examples === 0) return { kind: 'over' };
  const finite = update(state, share, found.gradients, sum, data.source.meanWeight);
  countStep(state.progress);
  const reading = finite
    .data()
    .finally(() => finite.dispose())
    .then(([flag]) => ({ logs: sum.logs, weight: sum.weight, finite: flag === 1 }));
  return { kind: 'made', reading, examples: sum.examples };
}

/** Gradients and terms of this share, the gradients by the share that its examples have in the batch. */
function differentiateShare(state: TrainerState, share: Share, gateOf: OpenData['gate']): Found {
  const { model, objective, progress, transforms } = state;
  const { batch, first, whole } = share;
  const context = stepContext(progress, progress.steps, places(first, first + batch.x.shape[0]!));
  return withTransforms(batch, transforms, context, transformed =>
    tidy(() => {
      const weight = transformed.weights
        ? (tf.sum(transformed.weights) as tf.Scalar)
        : tf.scalar(transformed.x.shape[0]!);
      const { terms, gradients } = differentiate(
        () => objective.evaluate(model, transformed, context),
        model.trainableVariables(),
        { ...objective.variables?.(), ...model.variables() },
        tf.div(weight, whole),
      );
      return { gradients, terms, gate: gateOf?.(transformed), weight };
    }),
  );
}

/** The update of the optimizer, the same in every process. */
function update(
  { optimizer, clipNorm, weightMean, progress }: TrainerState,
  { batch, whole }: Share,
  own: readonly Gradient[],
  sum: Sum,
  meanWeight: number | undefined,
): tf.Scalar {
  return tidy(() => {
    const { logs, gate, weight, examples } = sum;
    const weighing = batch.weights && weightMean.factorOf(tf.scalar(weight / examples), examples, meanWeight);
    const scale = weight === 0 ? 0 : whole / weight;
    const finite = applyGradients(tf.scalar(logs['loss']!), unflatten(sum.gradients, own, scale, weighing?.factor), {
      optimizer,
      clipNorm,
      gate: tf.scalar(gate),
      step: progress.steps,
      examples,
    });
    if (weighing) applyUpdates(weighing.updates, finite);
    return finite;
  });
}

function unflatten(
  flat: Float32Array,
  own: readonly Gradient[],
  scale: number,
  factor: tf.Tensor | undefined,
): Gradient[] {
  if (scale !== 1) for (let i = 0; i < flat.length; i++) flat[i] = scale * flat[i]!;
  let at = 0;
  return own.map(({ gradient: { shape, size }, ...rest }) => {
    const values = flat.subarray(at, at + size);
    at += size;
    const gradient = tf.tensor(values, shape, 'float32');
    return { ...rest, gradient: factor ? tf.mul(gradient, factor) : gradient };
  });
}
