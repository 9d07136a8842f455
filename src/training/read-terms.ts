import * as tf from '@tensorflow/tfjs';
import type { Batch } from '../data/batch';
import { joinNamed } from '../objectives/join-named';
import type { Terms } from '../objectives/objective';
import type { Logs } from './history';

/** What came back from the device of one step. */
export type Reading = {
  logs: Logs;
  /** The weight of the batch in a mean. */
  weight: number;
  /** Whether the step was made, or in evaluation, whether the data are good. */
  finite: boolean;
};

/** The terms of an objective, or of a player, which has a loss alone. */
export type LossTerms = Pick<Terms, 'loss'> & Partial<Terms>;

/** Names and values of all scalars of a step, the reserved ones first. */
export function scalarsOf({ loss, elbo, reconstruction, kl, metrics }: LossTerms): [string, tf.Scalar][] {
  const named = { loss, elbo, reconstruction, kl, ...metrics };
  return Object.entries(named).filter((entry): entry is [string, tf.Scalar] => entry[1] !== undefined);
}

/** Every tensor of a step's terms. */
export function tensorsOf(terms: LossTerms): tf.Tensor[] {
  return [...scalarsOf(terms).map(([, scalar]) => scalar), ...(terms.updates ?? []).map(([, value]) => value)];
}

const TERMS = ['loss', 'reconstruction', 'elbo', 'kl', 'metrics', 'schedules', 'updates'];

/** Names that the logs use themselves. */
const TAKEN = /^(loss|elbo|reconstruction|kl|skipped|epoch|step|batch|size|val_.*)$/;

/**
 * The terms of an objective as clones, so that they can be disposed of.
 *
 * @throws When there is another term, a metric is not a scalar, or the logs themselves use its name or that of a schedule.
 */
export function ownTerms<T extends LossTerms>(terms: T): T {
  const other = Object.keys(terms).find(key => !TERMS.includes(key));
  if (other !== undefined) throw new Error(`the objective's ${other} belongs among its metrics`);
  const { metrics = {}, updates = [], schedules = {}, ...scalars } = terms as LossTerms;
  for (const name of [...Object.keys(metrics), ...Object.keys(schedules)]) {
    if (TAKEN.test(name)) throw new Error(`a metric cannot be called ${name}, which the logs use; rename it`);
  }
  joinNamed<unknown>(metrics, schedules);
  return {
    ...cloned(scalars),
    metrics: cloned(metrics),
    schedules,
    updates: updates.map(([variable, value]) => [variable, tf.clone(value)] as const),
  } as LossTerms as T;
}

function cloned<T extends Record<string, tf.Scalar>>(named: T): T {
  const clones = Object.entries(named).map(([name, t]) => {
    if (t ? t.rank !== 0 : name === 'loss') {
      throw new Error(`the objective's ${name} must be a scalar, got [${t?.shape}]`);
    }
    return [name, t && tf.clone(t)];
  });
  return Object.fromEntries(clones) as T;
}

/**
 * Starts one asynchronous read of everything that a step reports, packed into one tensor. Nothing waits for it.
 *
 * @param finite 1 where all went well; absent where nothing could go wrong.
 */
export function readTerms(terms: LossTerms, batch: Batch, finite?: tf.Scalar): Promise<Reading> {
  const scalars = scalarsOf(terms);
  const examples = batch.x.shape[0]!;
  const packed = tf.tidy(() => {
    const numbers: tf.Tensor[] = scalars.map(([, scalar]) => scalar);
    if (batch.weights) numbers.push(tf.sum(batch.weights));
    if (finite) numbers.push(finite);
    return tf.stack(numbers.map(t => (t.dtype === 'float32' ? t : tf.cast(t, 'float32'))));
  });
  return packed
    .data()
    .finally(() => packed.dispose())
    .then(values => {
      const logs: Logs = Object.fromEntries(scalars.map(([name], i) => [name, values[i]!]));
      const rest = Array.from(values).slice(scalars.length);
      const weight = batch.weights ? rest.shift()! : examples;
      return { logs: { ...logs, ...terms.schedules }, weight, finite: !finite || rest[0] === 1 };
    });
}
