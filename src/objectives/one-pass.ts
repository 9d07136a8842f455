import * as tf from '@tensorflow/tfjs';
import type { Batch } from '../data/batch';
import type { Pass } from '../models/model';
import { tidy } from '../ops/tidy';
import { joinNamed } from './join-named';
import type { PassContext } from './loss-term';
import type { Objective, Terms } from './objective';

/** What an objective makes of a pass. */
export type EvaluatePass = (pass: Pass, batch: Batch, context: PassContext) => Terms;

/**
 * Runs the model once, and adds what every objective takes over from a pass: its penalties and its updates.
 *
 * @param samples Posterior samples per example; one without a sample axis unless given.
 */
export function onePass(evaluate: EvaluatePass, samples?: number): Objective['evaluate'] {
  return (model, batch, context) =>
    tidy(() => {
      const given = samples === undefined ? context : { ...context, samples };
      const pass = model.pass(batch, given);
      const terms = evaluate(pass, batch, { ...given, model });
      const penalties = Object.entries(pass.penalties ?? {}).map(([name, t]) => [name, tf.clone(t)] as const);
      return {
        ...terms,
        loss: penalties.reduce<tf.Scalar>((sum, [, penalty]) => tf.add(sum, penalty), terms.loss),
        metrics: joinNamed(Object.fromEntries(penalties) as Record<string, tf.Scalar>, terms.metrics),
        updates: [...(pass.updates ?? []), ...(terms.updates ?? [])],
      };
    });
}
