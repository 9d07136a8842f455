import * as tf from '@tensorflow/tfjs';
import type { Pacer } from '../data/pacer';
import type { Source } from '../data/source';
import type { BatchTransform } from '../data/transforms';
import type { Comparison } from '../io/compare-settings';
import type { Json } from '../io/plain-json';
import type { VaeModel } from '../models/model';
import { checkNeeds } from '../objectives/check-needs';
import type { Objective, Player } from '../objectives/objective';
import { plainElbo } from '../objectives/plain-elbo';
import { checkKeys } from '../ops/check-keys';
import { Adam } from '../optimizers/adam';
import type { Optimizer } from '../optimizers/optimizer';
import { asOptimizer } from '../optimizers/wrapped';
import { drawSeed, Rng } from '../random/rng';
import type { Schedule } from '../schedules/schedule';
import type { PendingCallbackState, StatefulCallback } from './callback-state';
import { checkGroup, type Group } from './group/group';
import { newProgress, type Progress } from './progress';
import { WeightMean } from './updates';

/** What `VaeTrainer` takes. */
export type VaeTrainerOptions = {
  /** What is trained: a `Vae`, or anything with a `pass`. */
  model: VaeModel;
  /** What is minimised. `elboObjective()` by default. */
  objective?: Objective;
  /** The optimizer: one of ours, or one of `tf.train`. Adam by default. Disposed of with the trainer. */
  optimizer?: Optimizer | tf.Optimizer;
  /** Step size of the default Adam: a number or a schedule. Default 1e-3. */
  learningRate?: number | Schedule;
  /** Largest global norm of a gradient; larger ones are scaled down to it. */
  clipNorm?: number;
  /** Applied to every batch, in training and in evaluation. */
  transforms?: readonly BatchTransform[];
  /** Seed of noise and shuffling. Drawn where absent, and reported as `seed`. */
  seed?: number;
  /** Whether kernels that train wrongly or slowly are replaced first. Default true. */
  prepareBackend?: boolean;
  /** The processes that train together, such as `torchGroup()` of `tfjs-vae/node`; each runs the same program. */
  group?: Group;
};

/** The keys of `VaeTrainerOptions`. */
export const TRAINER_KEYS = [
  'model',
  'objective',
  'optimizer',
  'learningRate',
  'clipNorm',
  'transforms',
  'seed',
  'prepareBackend',
  'group',
] as const;

/** What to write instead of the names that Keras uses. */
export const KERAS_HINTS = {
  lr: 'learningRate',
  loss: 'objective',
  validationSplit: 'validationData, which splitDataset makes',
  verbose: 'callbacks: progressBar() of tfjs-vae/node',
};

/**
 * What is under way: `fit` is `'opening'` its data, is `'beginning'` (no step has been made), is `'stepping'`, or is
 * `'idle'` between two steps while callbacks look at the trainer.
 */
type Activity = 'opening' | 'beginning' | 'stepping' | 'idle' | 'calibrating';

/** The data of a run that was resumed, which those of the next `fit` are compared with. */
type ResumedData = {
  /** What a checkpoint holds of them: see `dataHeadOf`. */
  head: Json;
  /** Whether other data are taken as well. */
  acceptChanges: boolean;
  /** What `resume` has found to differ; what differs in the data is added to it. */
  comparison: Comparison;
};

/** All that a trainer consists of, for the functions that step, evaluate, save and resume. */
export type TrainerState = {
  readonly model: VaeModel;
  readonly objective: Objective;
  readonly optimizer: Optimizer;
  /** The networks beside the model that learn, each with its optimizer. */
  readonly players: ReadonlyMap<Player, Optimizer>;
  readonly transforms: readonly BatchTransform[];
  readonly clipNorm: number | undefined;
  readonly preparesBackend: boolean;
  /** The processes that train together; noise is drawn by the place in a batch where there is one. */
  readonly group: Group | undefined;
  /** The running mean of weights, for data whose mean weight is not known. */
  readonly weightMean: WeightMean;
  /** Only the functions of `progress.ts` write to it. */
  readonly progress: Readonly<Progress>;
  /** One for all passes over data: many short ones in a row must yield as well. */
  pacer?: Pacer;
  /** What is under way, if anything is. */
  activity?: Activity | undefined;
  /** The data of the `fit` that is under way. */
  source?: Source;
  /** The callbacks of the last `fit` that have something to save. */
  callbacks: readonly StatefulCallback[];
  /** What a resumed run holds for callbacks that the next `fit` brings. */
  pendingCallbackState?: PendingCallbackState;
  /** What is known about the data that were trained on last. */
  dataHead?: Json | undefined;
  /** Until the next `fit` that trains. */
  resumedData?: ResumedData | undefined;
  /** Whether players and objective have been disposed of. */
  isDisposed?: boolean;
};

/** @throws When options exclude each other or are out of range, or the model lacks what the objective needs. */
export function newTrainerState(options: VaeTrainerOptions): TrainerState {
  checkKeys('VaeTrainer', options, TRAINER_KEYS, KERAS_HINTS, ['model']);
  const {
    model,
    objective = plainElbo(),
    clipNorm,
    seed = drawSeed(),
    transforms = [],
    learningRate = 1e-3,
    group,
  } = options;
  if (typeof model.pass !== 'function') throw new Error('VaeTrainer: model must be a Vae or have a pass method');
  if (typeof objective?.evaluate !== 'function') {
    const got = typeof objective === 'function' ? 'a function; call it' : String(objective);
    throw new Error(`VaeTrainer: objective must be an objective, such as elboObjective(), got ${got}`);
  }
  if (clipNorm !== undefined && !(clipNorm > 0)) {
    throw new Error(`VaeTrainer: clipNorm must be a positive number, got ${clipNorm}`);
  }
  checkNeeds(objective, model);
  if (group) checkGroup(group);
  new Rng(seed); // throws for anything but a seed
  const optimizer = chooseOptimizer(options);
  const players = objective.players?.(model) ?? [];
  return {
    model,
    objective,
    optimizer,
    players: new Map(players.map(player => [player, new Adam({ learningRate: player.learningRate ?? learningRate })])),
    transforms,
    clipNorm,
    preparesBackend: options.prepareBackend ?? true,
    group,
    weightMean: new WeightMean(),
    progress: newProgress(seed),
    callbacks: [],
  };
}

function chooseOptimizer({ optimizer, learningRate }: VaeTrainerOptions): Optimizer {
  if (!optimizer) return new Adam(learningRate === undefined ? {} : { learningRate });
  if (learningRate !== undefined) {
    throw new Error('VaeTrainer: give either an optimizer or a learningRate');
  }
  return asOptimizer(optimizer);
}

/** The optimizers, those of the players too, by their prefix in a checkpoint. */
export function optimizersOf({ optimizer, players }: TrainerState): Record<string, Optimizer> {
  const others = [...players].map(([player, own]) => [`playerOptimizer/${player.name}`, own] as const);
  return { optimizer, ...Object.fromEntries(others) };
}

/** Disposes of the state of optimizers, and once of that of players and objective; the model stays. */
export function disposeState(state: TrainerState): void {
  const { objective, optimizer, players, weightMean, pendingCallbackState } = state;
  tf.dispose(pendingCallbackState?.tensors);
  for (const each of [optimizer, ...players.values(), weightMean]) each.dispose();
  if (state.isDisposed) return;
  state.isDisposed = true;
  for (const each of [...players.keys(), objective]) each.dispose?.();
}

/** Makes the backend ready, unless the trainer was told not to. */
export async function prepare({ preparesBackend }: TrainerState): Promise<void> {
  await tf.ready();
  // Loaded here, with its kernels, so that pages that never train do not load it.
  if (preparesBackend) await (await import('../backends/prepare-backend')).prepareBackend();
}
