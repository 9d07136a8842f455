import * as tf from '@tensorflow/tfjs';
import type { Batch } from '../data/batch';
import type { Pass } from '../models/model';
import { scheduled } from '../schedules/schedule';
import type { LossTerm, PassContext, TermResult } from './loss-term';
import type { Terms } from './objective';
import { meanOverBatch } from './pass-losses';

/** `loss + Σ weight · term`, with what the terms report. To be called in a `tidy`. */
export function addTerms(
  base: Terms,
  terms: readonly LossTerm[],
  pass: Pass,
  batch: Batch,
  context: PassContext,
): Terms {
  let sum = base;
  for (const term of terms) {
    const weight = checkedWeight(term, context.step);
    sum = { ...sum, schedules: named(sum.schedules, { [`${term.name}Weight`]: weight }) };
    if (weight === 0) continue;
    const { value, metrics, updates = [] } = evaluateTerm(term, pass, batch, context);
    sum.loss = tf.add(sum.loss, tf.mul(weight, value));
    sum.metrics = named(sum.metrics, { [term.name]: value, ...metrics });
    sum.updates = [...(sum.updates ?? []), ...updates];
  }
  return sum;
}

function evaluateTerm(term: LossTerm, pass: Pass, batch: Batch, context: PassContext) {
  // A stream of its own, so that a term never shifts the noise of another.
  const result = term.evaluate(pass, batch, { ...context, rng: context.rng.fork(`term/${term.name}`) });
  const { value, ...more }: TermResult = result instanceof tf.Tensor ? { value: result } : result;
  const { rank, shape } = value;
  const examples = batch.x.shape[0]!;
  if (rank > 2 || (rank > 0 && shape[rank - 1] !== examples)) {
    throw new Error(
      `the term ${term.name} must give a scalar or one number for each of ${examples} examples, got [${shape}]`,
    );
  }
  return { value: meanOverBatch(value, batch), ...more };
}

function checkedWeight({ name, weight }: LossTerm, step: number): number {
  const now = scheduled(weight, step);
  if (Number.isFinite(now)) return now;
  throw new Error(`the weight of the term ${name} must be a finite number, got ${now} at step ${step}`);
}

/** Joins what is reported by name. @throws When two have one name. */
function named<T>(before: Record<string, T> = {}, more: Record<string, T>): Record<string, T> {
  const twice = Object.keys(more).find(name => Object.hasOwn(before, name));
  if (twice !== undefined) throw new Error(`two values of the objective are called ${twice}; rename one of them`);
  return { ...before, ...more };
}
