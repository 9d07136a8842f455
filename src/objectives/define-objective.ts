import type { Batch } from '../data/batch';
import type { Pass, VaeModel } from '../models/model';
import type { Need } from '../models/need';
import { checkCount } from '../ops/check';
import { checkKeys } from '../ops/check-keys';
import { prefixed, type Variables } from '../variables/variables';
import { addTerms } from './add-terms';
import { checkTerms } from './check-terms';
import { joinNamed } from './join-named';
import type { LossTerm, PassContext } from './loss-term';
import type { Objective, Player, Terms } from './objective';
import { type EvaluatePass, onePass } from './one-pass';

/** What `defineObjective` takes. */
export type DefineObjectiveOptions = {
  /** The loss of a pass and what is reported of it. Penalties and updates of the pass, and the `terms`, are added to it. */
  evaluate(pass: Pass, batch: Batch, context: PassContext): Terms;
  /** What is added to the loss. */
  terms?: readonly LossTerm[];
  /** What it needs of the model or the data; the needs of the terms are added. */
  needs?: readonly Need[];
  /**
   * Posterior samples per example, a leading axis of z; one without that axis unless given. Likelihoods that couple a
   * batch are refused then.
   */
  samples?: number;
  /** What in it looks at a batch as a whole, in words; absent where the loss is a mean over the examples. */
  couples?: string | undefined;
  /** State of its own, which `updates` move and a checkpoint holds. */
  variables?(): Variables;
  /** Called once when the trainer is disposed of: the place to dispose of that state. */
  dispose?(): void;
  /** Other networks that learn. */
  players?(model: VaeModel): readonly Player[];
  /** Its settings as plain data and schedules, kept in checkpoints: a resumed run tells which of them changed. */
  config?: object;
};

/**
 * An objective from one function of a pass: `loss + penalties of the pass + Σ weight · term`.
 *
 * `elboObjective` and `iwaeObjective` are made by it. The model runs once a batch; the tensors in between are disposed
 * of, and the updates of the pass are passed on.
 *
 * @param options The function, and what goes with it.
 * @returns An objective for `VaeTrainer`.
 * @throws When an option is unknown or not what it must be.
 * @example
 * ```ts
 * // A plain autoencoder with small codes: there is no bound, so elbo is left out.
 * const autoencoder = defineObjective({
 *   evaluate(pass, batch) {
 *     const reconstruction = meanOverBatch(passReconstruction(pass, batch), batch);
 *     const norm = meanOverBatch(tf.sum(tf.square(pass.latents[0]!.z), -1), batch);
 *     return { loss: tf.add(reconstruction, tf.mul(0.1, norm)), reconstruction, metrics: { norm } };
 *   },
 * });
 * const trainer = new VaeTrainer({ model: vae, objective: autoencoder });
 * ```
 */
export function defineObjective(options: DefineObjectiveOptions): Objective {
  checkKeys('defineObjective', options, KEYS, {}, ['evaluate']);
  if (typeof options.evaluate !== 'function') {
    throw new Error(`defineObjective: evaluate must be a function, got ${options.evaluate}`);
  }
  if (options.samples !== undefined) checkCount('defineObjective', 'samples', options.samples);
  return composeObjective('defineObjective', options);
}

const KEYS = ['evaluate', 'terms', 'needs', 'samples', 'couples', 'variables', 'dispose', 'players', 'config'] as const;

/**
 * @param owner What the caller called, for messages about terms.
 */
export function composeObjective(owner: string, options: DefineObjectiveOptions): Objective {
  const { terms = [], needs = [], samples, config } = options;
  checkTerms(owner, terms);
  const ofSamples: Need[] = samples === undefined ? [] : ['perExample'];
  const withTerms: EvaluatePass = (pass, batch, context) =>
    addTerms(options.evaluate(pass, batch, context), terms, pass, batch, context);
  return {
    ...(config && { config: { ...config, ...(terms.length > 0 && { terms: terms.map(describeTerm) }) } }),
    needs: [...new Set([ofSamples, needs, ...terms.map(term => term.needs ?? [])].flat())],
    couples: options.couples ?? terms.find(term => term.couples)?.couples,
    evaluate: onePass(withTerms, samples),
    players: model => [options.players?.(model) ?? [], ...terms.map(term => term.players?.(model) ?? [])].flat(),
    variables: () =>
      terms
        .map(term => prefixed(term.name, term.variables?.() ?? {}))
        .reduce<Variables>((all, ofTerm) => joinNamed(all, ofTerm), options.variables?.() ?? {}),
    dispose() {
      options.dispose?.();
      for (const term of terms) term.dispose?.();
    },
  };
}

/** For checkpoints, which compare settings. */
function describeTerm({ name, weight, config }: LossTerm): object {
  return { ...(config ?? { unknown: 'a term without config' }), name, weight };
}
