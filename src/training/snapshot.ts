import * as tf from '@tensorflow/tfjs';
import type { VaeModel, Variables } from '../models/model';
import { prefixed } from '../models/network';
import type { Objective } from '../objectives/objective';
import type { CallbackList, Json } from './callbacks';
import { obstaclesTo } from './obstacles';
import type { Progress } from './progress';
import type { Stepper } from './stepper';

/** All that a run needs to go on: what a checkpoint holds. */
export type Snapshot = {
  /** Where training stands. */
  progress: Progress;
  /** States of callbacks by their name. */
  callbacks: Record<string, Json>;
  /** `model/…`, `optimizer/…`, `objective/…`, `player/…`, `callback/…`, by structural path; they belong to the caller. */
  tensors: tf.NamedTensorMap;
};

/** What `trainer.snapshot` takes. */
export type SnapshotOptions = {
  /** Whether a run that goes on from it must be the same bit for bit; what stands in the way is an error then. Default true. */
  exact?: boolean;
};

/** What a trainer is made of, for those who save it. */
export type TrainerParts = {
  model: VaeModel;
  objective: Objective;
  stepper: Stepper;
  progress: Progress;
  callbacks: CallbackList | undefined;
  /** Told to the callbacks of the next `fit`. */
  later(load: (callbacks: CallbackList) => void): void;
};

export function takeSnapshot(parts: TrainerParts, { exact = true }: SnapshotOptions = {}): Snapshot {
  const obstacles = exact ? obstaclesTo(parts) : [];
  if (obstacles.length > 0) {
    throw new Error(
      `snapshot: a resumed run would not be exactly this one: ${obstacles.join('; ')}. Mend that, or give exact: false`,
    );
  }
  const callbacks: Snapshot['callbacks'] = {};
  for (const callback of parts.callbacks?.withState() ?? []) {
    if (callback.name in callbacks) {
      throw new Error(`snapshot: two callbacks with state are named '${callback.name}'; give them different names`);
    }
    callbacks[callback.name] = callback.state?.() ?? null;
  }
  // Clones share memory until one of the two is written to.
  const tensors = Object.fromEntries(Object.entries(variablesOf(parts)).map(([path, v]) => [path, tf.clone(v)]));
  return { progress: structuredClone(parts.progress), callbacks, tensors };
}

/**
 * Everything is looked at before anything is changed.
 *
 * @param snapshot Its tensors stay the caller's.
 * @throws When the snapshot is of another model, objective or optimizer.
 */
export function putSnapshot(parts: TrainerParts, { progress, callbacks, tensors }: Snapshot): void {
  const targets = fixedVariables(parts);
  const { optimizers } = parts.stepper.parts();
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
  const kept = Object.fromEntries(Object.entries(within(tensors, 'callback')).map(([path, t]) => [path, tf.clone(t)]));
  parts.later(list => loadCallbacks(list, callbacks, kept));
}

function loadCallbacks(list: CallbackList, states: Snapshot['callbacks'], tensors: tf.NamedTensorMap): void {
  const found = list.withState();
  for (const [name, state] of Object.entries(states)) {
    const callback = found.find(c => c.name === name);
    if (!callback) {
      throw new Error(`fit: the checkpoint holds the state of the callback '${name}', but none of that name was given`);
    }
    callback.loadState?.(state, within(tensors, name));
  }
  tf.dispose(tensors);
}

/** By path, all that is there from the start: what optimizers hold comes with the first step. */
function fixedVariables({ model, objective, stepper }: TrainerParts): Variables {
  const { players } = stepper.parts();
  return {
    ...prefixed('model', model.variables()),
    ...prefixed('objective', objective.variables?.() ?? {}),
    ...allPrefixed(players),
  };
}

function variablesOf(parts: TrainerParts): Variables {
  const callbacks = (parts.callbacks?.withState() ?? []).map(c => [`callback/${c.name}`, c] as const);
  return {
    ...fixedVariables(parts),
    ...allPrefixed(parts.stepper.parts().optimizers),
    ...allPrefixed(Object.fromEntries(callbacks)),
  };
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
