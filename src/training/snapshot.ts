import * as tf from '@tensorflow/tfjs';
import type { Variables } from '../models/model';
import { prefixed } from '../models/network';
import type { CallbackList, Json } from './callbacks';
import { obstaclesTo } from './obstacles';
import type { Progress } from './progress';
import { optimizersOf, type TrainerParts } from './trainer-parts';

/** All that a run needs to go on: what a checkpoint holds. */
export type Snapshot = {
  /** Where training stands. */
  progress: Progress;
  /** States of callbacks by their name. */
  callbacks: Record<string, Json>;
  /** Kinds of the optimizers. */
  optimizers: Record<string, string>;
  /** `model/…`, `optimizer/…`, `objective/…`, `player/…`, `callback/…`, by structural path; they belong to the caller. */
  tensors: tf.NamedTensorMap;
};

/** What `trainer.snapshot` takes. */
export type SnapshotOptions = {
  /** Whether a run that goes on from it must be the same bit for bit; what stands in the way is an error then. Default true. */
  exact?: boolean;
};

export function takeSnapshot(parts: TrainerParts, { exact = true }: SnapshotOptions = {}): Snapshot {
  const obstacles = exact ? obstaclesTo(parts) : [];
  if (obstacles.length > 0) {
    throw new Error(
      `snapshot: a resumed run would not be exactly this one: ${obstacles.join('; ')}. Mend that, or give exact: false`,
    );
  }
  const callbacks: Snapshot['callbacks'] = { ...parts.later.now?.states };
  for (const callback of withState(parts)) {
    if (callback.name in callbacks) {
      throw new Error(`snapshot: two callbacks with state are named '${callback.name}'; give them different names`);
    }
    callbacks[callback.name] = callback.state?.() ?? null;
  }
  // Clones share memory until one of the two is written to.
  const held = { ...variablesOf(parts), ...parts.later.now?.tensors };
  const tensors = Object.fromEntries(Object.entries(held).map(([path, t]) => [path, tf.clone(t)]));
  return { progress: structuredClone(parts.progress), callbacks, optimizers: kindsOf(parts), tensors };
}

/**
 * Everything is looked at before anything is changed.
 *
 * @param snapshot Its tensors stay the caller's.
 * @throws When the snapshot is of another model, objective or optimizer.
 */
export function putSnapshot(parts: TrainerParts, snapshot: Snapshot): void {
  const { progress, callbacks, tensors } = snapshot;
  for (const [name, kind] of Object.entries(kindsOf(parts))) {
    const saved = snapshot.optimizers[name];
    if (saved === kind) continue;
    throw new Error(`resume: the ${name} is ${kind} here, but was ${saved ?? 'another'}; make it as it was`);
  }
  const targets = fixedVariables(parts);
  const optimizers = optimizersOf(parts);
  const isOwn = (path: string) => path in targets || path.startsWith('callback/') || partOf(path, optimizers);
  const missing = Object.keys(targets).filter(path => !(path in tensors));
  const unknown = Object.keys(tensors).filter(path => !isOwn(path));
  if (missing.length > 0 || unknown.length > 0) {
    const what = [missing.length && `it lacks ${some(missing)}`, unknown.length && `nothing here is ${some(unknown)}`];
    throw new Error(
      `resume: the checkpoint is of another run: ${what.filter(Boolean).join(', ')}; build all as it was`,
    );
  }
  for (const [path, variable] of Object.entries(targets)) {
    const { shape, dtype } = tensors[path]!;
    if (String(shape) === String(variable.shape) && dtype === variable.dtype) continue;
    throw new Error(
      `resume: ${path} is ${variable.dtype} [${variable.shape}] here, but ${dtype} [${shape}] in the checkpoint; build the model as it was`,
    );
  }
  for (const [prefix, optimizer] of Object.entries(optimizers)) {
    const state = within(tensors, prefix);
    if (optimizer.load) optimizer.load(state);
    else if (Object.keys(state).length > 0) throw new Error(`resume: the ${prefix} has no load, so its state is lost`);
  }
  for (const [path, variable] of Object.entries(targets)) variable.assign(tensors[path]!);
  Object.assign(parts.progress, structuredClone(progress));
  tf.dispose(parts.later.now?.tensors);
  const ofCallbacks = Object.entries(tensors).filter(([path]) => path.startsWith('callback/'));
  const kept = Object.fromEntries(ofCallbacks.map(([path, t]) => [path, tf.clone(t)]));
  parts.later.now = { states: callbacks, tensors: kept, load: list => loadCallbacks(list, callbacks, kept) };
}

function loadCallbacks(list: CallbackList, states: Snapshot['callbacks'], tensors: tf.NamedTensorMap): void {
  const found = list.withState();
  for (const [name, state] of Object.entries(states)) {
    const callback = found.find(c => c.name === name);
    // A run that is not saved any more is the same run.
    if (!callback && name === 'checkpoint') continue;
    if (!callback) {
      throw new Error(
        `fit: the checkpoint holds the state of the callback '${name}', but none of that name was given; a run without it would be another one`,
      );
    }
    callback.loadState?.(state, within(tensors, `callback/${name}`));
  }
  tf.dispose(tensors);
}

/** By path, all that is there from the start: what optimizers hold comes with the first step. */
function fixedVariables({ model, objective, learners }: TrainerParts): Variables {
  const players = Object.fromEntries(learners.map(({ player }) => [`player/${player.name}`, player]));
  return {
    ...prefixed('model', model.variables()),
    ...prefixed('objective', objective.variables?.() ?? {}),
    ...allPrefixed(players),
  };
}

function variablesOf(parts: TrainerParts): Variables {
  const callbacks = withState(parts).map(c => [`callback/${c.name}`, c] as const);
  return {
    ...fixedVariables(parts),
    ...allPrefixed(optimizersOf(parts)),
    ...allPrefixed(Object.fromEntries(callbacks)),
  };
}

/** Those of the last run, unless others are to come. */
function withState({ callbacks, later }: TrainerParts): ReturnType<CallbackList['withState']> {
  return later.now ? [] : (callbacks?.withState() ?? []);
}

function kindsOf(parts: TrainerParts): Record<string, string> {
  const kinds = Object.entries(optimizersOf(parts)).map(([name, { kind }]) => [name, kind ?? 'one of its own']);
  return Object.fromEntries(kinds) as Record<string, string>;
}

function allPrefixed(owners: Record<string, { variables?(): Variables }>): Variables {
  return Object.assign({}, ...Object.entries(owners).map(([name, owner]) => prefixed(name, owner.variables?.() ?? {})));
}

function partOf(path: string, owners: object): boolean {
  return Object.keys(owners).some(prefix => path.startsWith(`${prefix}/`));
}

/** `{ 'optimizer/count' }` within `optimizer` is `{ count }`. */
function within(tensors: tf.NamedTensorMap, prefix: string): tf.NamedTensorMap {
  const inside = Object.entries(tensors).filter(([path]) => path.startsWith(`${prefix}/`));
  return Object.fromEntries(inside.map(([path, t]) => [path.slice(prefix.length + 1), t]));
}

function some(paths: readonly string[]): string {
  return paths.slice(0, 3).join(', ') + (paths.length > 3 ? ` and ${paths.length - 3} more` : '');
}
