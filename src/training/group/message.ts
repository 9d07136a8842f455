import type * as tf from '@tensorflow/tfjs';
import type { Gradient } from '../../optimizers/optimizer';
import { type LossTerms, scalarsOf } from '../read-terms';
import { flatten } from './flatten';

/** What one process has found for its share of a batch; the tensors are its own. */
export type Found = {
  /** Gradients of its part of the loss: they add up. */
  gradients: readonly Gradient[];
  /** Means over its examples. */
  terms: LossTerms;
  /** 0, or NaN where the values of its examples cannot be trained on. */
  gate: tf.Scalar | undefined;
  /** The weight of its examples. */
  weight: tf.Scalar;
};

/** What goes beside that. */
export type Note = {
  /** How many examples this process has; 0 where it has none, so that nothing it has found counts. */
  examples: number;
  /** Whether it is to stop, and so no process may make the step. */
  leaving: boolean;
};

/** What all processes have found together. */
export type Sum = {
  /** The gradients behind each other. */
  gradients: Float32Array;
  /** Means over all examples, by name. */
  logs: Record<string, number>;
  /** 0, or NaN where the values of an example cannot be trained on. */
  gate: number;
  weight: number;
  examples: number;
  leaving: boolean;
};

/** One message of a step: gradients, the terms times their weight, gate, weight, examples, leaving. */
export async function pack({ gradients, terms, gate, weight }: Found, note: Note): Promise<Float32Array> {
  const scalars = scalarsOf(terms).map(([, scalar]) => scalar);
  const tensors = [...gradients.map(g => g.gradient), ...scalars, weight, ...(gate ? [gate] : [])];
  const flat = await flatten(tensors, gate ? 2 : 3);
  const end = flat.length - 4;
  const [ownWeight, ownGate] = [flat[end]!, gate ? flat[end + 1]! : 0];
  if (note.examples === 0) flat.fill(0);
  else {
    for (let i = end - scalars.length; i < end; i++) flat[i] = ownWeight * flat[i]!;
    flat[end] = ownWeight;
    flat[end + 1] = ownGate;
  }
  flat[end + 2] = note.examples;
  flat[end + 3] = note.leaving ? 1 : 0;
  return flat;
}

/** Reads the sum of the messages of all processes; the names are those of the terms of this one. */
export function unpack(flat: Float32Array, terms: LossTerms): Sum {
  const end = flat.length - 4;
  const names = scalarsOf(terms).map(([name]) => name);
  const first = end - names.length;
  const [weight, gate, examples, leaving] = flat.subarray(end) as unknown as [number, number, number, number];
  // As in one process: the mean over examples that all weigh nothing is 0.
  const mean = (sum: number) => (weight === 0 ? 0 : sum / weight);
  return {
    gradients: flat.subarray(0, first),
    logs: { ...Object.fromEntries(names.map((name, i) => [name, mean(flat[first + i]!)])), ...terms.schedules },
    gate,
    weight,
    examples,
    leaving: leaving > 0,
  };
}
