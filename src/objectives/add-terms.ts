import * as tf from '@tensorflow/tfjs';
import type { Batch } from '../data/batch';
import type { Pass } from '../models/model';
import { checkKeys } from '../ops/check-keys';
import { scheduled } from '../schedules/schedule';
import { joinNamed } from './join-named';
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
    sum = { ...sum, schedules: joinNamed(sum.schedules, { [`${term.name}Weight`]: weight }) };
    if (weight === 0) continue;
    const { value, metrics, updates = [] } = evaluateTerm(term, pass, batch, context);
    sum.loss = tf.add(sum.loss, tf.mul(weight, value));
    sum.metrics = joinNamed(sum.metrics, { [term.name]: value, ...metrics });
    sum.updates = [...(sum.updates ?? []), ...updates];
  }
  return sum;
}

function evaluateTerm(term: LossTerm, pass: Pass, batch: Batch, context: PassContext) {
  // A stream of its own, so that a term never shifts the noise of another.
  const result = term.evaluate(pass, batch, { ...context, rng: context.rng.fork(`term/${term.name}`) });
  const { value, ...more } = asResult(term.name, result);
  const { rank, shape } = value;
  const examples = batch.x.shape[0]!;
  if (rank > 2 || (rank > 0 && shape[rank - 1] !== examples)) {
    throw new Error(
      `the term ${term.name} must give a scalar or one number for each of ${examples} examples, got [${shape}]`,
    );
  }
  return { value: meanOverBatch(value, batch), ...more };
}

/** In JavaScript a number, a promise or a misspelt key would be noticed nowhere else. */
function asResult(name: string, result: tf.Tensor | TermResult): TermResult {
  if (result instanceof tf.Tensor) return { value: result };
  if (!(result?.value instanceof tf.Tensor))
    throw new Error(`the term ${name} must give a tensor, or { value } of one`);
  checkKeys(`the term ${name}`, result, ['value', 'metrics', 'updates']);
  return result;
}

function checkedWeight({ name, weight }: LossTerm, step: number): number {
  const now = scheduled(weight, step);
  if (Number.isFinite(now)) return now;
  throw new Error(`the weight of the term ${name} must be a finite number, got ${now} at step ${step}`);
}
