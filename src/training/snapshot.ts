import * as tf from '@tensorflow/tfjs';
import type { Json } from '../io/plain-json';
import { isLayersModel } from '../models/network';
import { checkKeys } from '../ops/check-keys';
import { prefixed, type Variables } from '../variables/variables';
import type { StatefulCallback } from './callback-state';
import { nameRun, type Progress } from './progress';
import { allSettings, type Settings } from './settings';
import { optimizersOf, type TrainerState } from './trainer-state';

/** All that a run needs to go on: what a checkpoint holds. */
export type Snapshot = {
  /** Where training stands. */
  progress: Progress;
  /** States of callbacks by their name. */
  callbacks: Record<string, Json>;
  /** Kinds of the optimizers. */
  optimizers: Record<string, string>;
  /** What the run was made with, as far as that can be compared; absent in checkpoints of earlier releases. */
  settings?: Settings;
  /** `model/…`, `optimizer/…`, `objective/…`, `player/…`, `callback/…`, `weights/…`, by structural path; they belong to the caller. */
  tensors: tf.NamedTensorMap;
};

/** What `trainer.snapshot` takes. */
export type SnapshotOptions = {
  /** Whether a run that goes on from it must be the same bit for bit; what stands in the way is an error then. Default true. */
  exact?: boolean;
};

export async function takeSnapshot(state: TrainerState, options: SnapshotOptions = {}): Promise<Snapshot> {
  checkKeys('snapshot', options, ['exact']);
  checkIdle(state);
  const settings = await allSettings(state);
  checkIdle(state); // a hook that does not await the snapshot is over by now
  const { exact = true } = options;
  const obstacles = exact ? obstaclesTo(state) : [];
  if (obstacles.length > 0) {
    throw new Error(
      `snapshot: a resumed run would not be exactly this one: ${obstacles.join('; ')}. Mend that, or give exact: false`,
    );
  }
  const callbacks = new Map(Object.entries(state.pendingCallbackState?.states ?? {}));
  for (const callback of callbacksToSave(state)) {
    if (callbacks.has(callback.name)) {
      throw new Error(`snapshot: two callbacks with state are named '${callback.name}'; give them different names`);
    }
    callbacks.set(callback.name, callback.state?.() ?? null);
  }
  nameRun(state.progress);
  // Clones share memory until one of the two is written to.
  const variables = { ...allVariables(state), ...state.pendingCallbackState?.tensors };
  const tensors = Object.fromEntries(Object.entries(variables).map(([path, t]) => [path, tf.clone(t)]));
  return {
    progress: structuredClone(state.progress),
    // Object.fromEntries makes even names such as `__proto__` ordinary fields.
    callbacks: Object.fromEntries(callbacks),
    optimizers: kindsOf(state),
    settings,
    tensors,
  };
}

function checkIdle({ activity }: TrainerState): void {
  if (activity === undefined || activity === 'idle' || activity === 'beginning') return;
  throw new Error(
    'snapshot: fit is under way, and a step may be on its way; take it from onIdle of a callback (await it there), or after fit',
  );
}

/** The variables, by path, that exist from the start; those of optimizers come with the first step. */
export function fixedVariables({ model, objective, players }: TrainerState): Variables {
  const byPrefix = Object.fromEntries([...players.keys()].map(player => [`player/${player.name}`, player]));
  return {
    ...prefixed('model', model.variables()),
    ...prefixed('objective', objective.variables?.() ?? {}),
    ...allPrefixed(byPrefix),
  };
}

/** All variables that a checkpoint holds, by path. */
function allVariables(state: TrainerState): Variables {
  const callbacks = callbacksToSave(state).map(c => [`callback/${c.name}`, c] as const);
  return {
    ...fixedVariables(state),
    ...allPrefixed({ ...optimizersOf(state), weights: state.weightMean }),
    ...allPrefixed(Object.fromEntries(callbacks)),
  };
}

/** The callbacks with state of the last `fit`; none where a resumed run still waits for its callbacks. */
function callbacksToSave({ pendingCallbackState, callbacks }: TrainerState): readonly StatefulCallback[] {
  return pendingCallbackState ? [] : callbacks;
}

/** The kind of each optimizer. */
export function kindsOf(state: TrainerState): Record<string, string> {
  const kinds = Object.entries(optimizersOf(state)).map(([name, { kind }]) => [name, kind ?? 'one of its own']);
  return Object.fromEntries(kinds) as Record<string, string>;
}

function allPrefixed(owners: Record<string, { variables?(): Variables }>): Variables {
  return Object.assign({}, ...Object.entries(owners).map(([name, owner]) => prefixed(name, owner.variables?.() ?? {})));
}

/** Why a run that goes on from here could differ from the one that was never interrupted. */
function obstaclesTo(state: TrainerState): string[] {
  const { model, progress } = state;
  const found = Object.entries(optimizersOf(state))
    .filter(([, optimizer]) => !optimizer.load)
    .map(([name]) => `the ${name} has no load, so its state cannot be restored (tf.train keeps its own; take Adam)`);
  if (progress.batch > 0 && progress.size === undefined) {
    found.push(
      'the data are a stream, which cannot go on within an epoch (save at the end of epochs, or give a RowReader)',
    );
  }
  return [...found, ...unseeded(model)];
}

/** Layers of tfjs that draw other random numbers in each session. */
function unseeded(model: TrainerState['model']): string[] {
  return Object.entries(model.networks?.() ?? {}).flatMap(([path, network]) =>
    (network && isLayersModel(network) ? allLayers(network) : [])
      .filter(isUnseeded)
      .map(layer => `the ${layer.getClassName()} layer '${layer.name}' of the ${path} has no seed (take our Dropout)`),
  );
}

const RANDOM = new Set(['Dropout', 'SpatialDropout1D', 'AlphaDropout', 'GaussianDropout', 'GaussianNoise']);

function isUnseeded(layer: tf.layers.Layer): boolean {
  const { seed, dropout, recurrentDropout } = layer.getConfig() as Partial<Record<string, number>>;
  // Recurrent layers have dropout of their own, and take no seed for it.
  return RANDOM.has(layer.getClassName()) ? seed == null : (dropout ?? 0) > 0 || (recurrentDropout ?? 0) > 0;
}

/** All layers, those of nested models too. */
function allLayers(model: tf.LayersModel): tf.layers.Layer[] {
  return model.layers.flatMap(within);
}

/** A layer, or what is in it: models, and wrappers such as `timeDistributed` and `bidirectional`. */
function within(layer: tf.layers.Layer): tf.layers.Layer[] {
  if ('getLayer' in layer) return allLayers(layer as tf.LayersModel);
  const { layer: inner, forwardLayer, backwardLayer } = layer as unknown as Partial<Record<string, tf.layers.Layer>>;
  const wrapped = [inner, forwardLayer, backwardLayer].filter(l => l !== undefined);
  return [layer, ...wrapped.flatMap(within)];
}
