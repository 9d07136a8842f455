import * as tf from '@tensorflow/tfjs';
import type { Json } from '../io/plain-json';
import { firstPaths, misfitOf, putValues } from '../variables/put-values';
import { type Variables, within } from '../variables/variables';
import type { CallbackList } from './callbacks';
import { runIdOf } from './parse-progress';
import { type Change, type Comparison, compare, describeChanges, headOf, settingsOf } from './settings';
import { fixedVariables, kindsOf, type Snapshot } from './snapshot';
import { optimizersOf, type TrainerParts } from './trainer-parts';

const MEND = 'resume(store, { acceptChanges: true })';

/**
 * Everything is looked at before anything is changed.
 *
 * @param snapshot Its tensors stay the caller's.
 * @returns What differs from the run that was saved. The `fit` that follows adds what differs in the data.
 * @throws When the snapshot is of another model, objective or optimizer.
 */
export function putSnapshot(parts: TrainerParts, snapshot: Snapshot, acceptChanges: boolean): Comparison {
  checkKinds(parts, snapshot);
  const { progress, callbacks } = snapshot;
  // A map, so that a name in the file cannot reach a prototype.
  const tensors = new Map(Object.entries(snapshot.tensors));
  const targets = fixedVariables(parts);
  checkTensors(parts, targets, tensors);
  const comparison = compareSettings(parts, snapshot);
  const ofModel = comparison.changed.filter(({ setting }) => setting.startsWith('model.'));
  if (ofModel.length > 0 && !acceptChanges) {
    throw new Error(
      `resume: the model is not that of the checkpoint: ${describeChanges(ofModel)}; build it as it was, or go on with this one by ${MEND}`,
    );
  }
  for (const [prefix, optimizer] of Object.entries(optimizersOf(parts))) {
    const state = within(snapshot.tensors, prefix);
    if (optimizer.load) optimizer.load(state);
    else if (Object.keys(state).length > 0) throw new Error(`resume: the ${prefix} has no load, so its state is lost`);
  }
  parts.weightMean.load(within(snapshot.tensors, 'weights'));
  putValues(targets, tensors);
  Object.assign(parts.progress, structuredClone(progress), { run: runIdOf(progress) });
  tf.dispose(parts.later.now?.tensors);
  const ofCallbacks = [...tensors].filter(([path]) => path.startsWith('callback/'));
  const kept = Object.fromEntries(ofCallbacks.map(([path, t]) => [path, tf.clone(t)]));
  parts.later.now = { states: callbacks, tensors: kept, load: list => loadCallbacks(list, callbacks, kept) };
  watchData(parts, snapshot, comparison, acceptChanges);
  return comparison;
}

function checkKinds(parts: TrainerParts, { optimizers }: Snapshot): void {
  for (const [name, kind] of Object.entries(kindsOf(parts))) {
    const saved = Object.hasOwn(optimizers, name) ? optimizers[name] : undefined;
    if (saved === kind) continue;
    throw new Error(`resume: the ${name} is ${kind} here, but was ${saved ?? 'another'}; make it as it was`);
  }
}

function checkTensors(parts: TrainerParts, targets: Variables, tensors: ReadonlyMap<string, tf.Tensor>): void {
  const prefixes = [...Object.keys(optimizersOf(parts)), 'callback', 'weights'];
  const { missing, unknown, other } = misfitOf(targets, tensors, ['here', 'in the checkpoint']);
  const strange = unknown.filter(path => !prefixes.some(prefix => path.startsWith(`${prefix}/`)));
  if (missing.length > 0 || strange.length > 0) {
    const lacks = missing.length > 0 ? [`it lacks ${firstPaths(missing)}`] : [];
    const extra = strange.length > 0 ? [`nothing here is ${firstPaths(strange)}`] : [];
    throw new Error(
      `resume: the checkpoint is of another run: ${[...lacks, ...extra].join(', ')}; build all as it was`,
    );
  }
  if (other) throw new Error(`resume: ${other}; build the model as it was`);
}

function compareSettings(parts: TrainerParts, { settings: saved }: Snapshot): Comparison {
  if (!saved) {
    const reason =
      'settings and data: the checkpoint is from before checkpoints held them, and before runs had an id; its run is told from others by the seed alone';
    return { changed: [], unchecked: [reason] };
  }
  const [was, now] = [new Map(Object.entries(saved)), new Map(Object.entries(settingsOf(parts)))];
  was.delete('data');
  const all = [...new Set([...was.keys(), ...now.keys()])].map(name => compare(was.get(name), now.get(name), name));
  return { changed: all.flatMap(c => c.changed), unchecked: all.flatMap(c => c.unchecked) };
}

/** The data come with `fit`: those of the first one that trains, or of one before it, have to be those of the run. */
function watchData({ later }: TrainerParts, { settings }: Snapshot, found: Comparison, acceptChanges: boolean): void {
  delete later.check;
  delete later.head;
  if (!settings) return;
  const saved = Object.hasOwn(settings, 'data') ? settings['data'] : undefined;
  if (saved === undefined) {
    found.unchecked.push('data: the run was saved before it had seen any');
    return;
  }
  later.head = saved;
  later.check = async (source, trains) => {
    const { changed, unchecked } = compare(saved, await headOf(source, true), 'data');
    if (changed.length > 0 && !trains) return;
    if (changed.length > 0 && !acceptChanges) throw otherData(changed);
    delete later.check;
    found.changed.push(...changed);
    found.unchecked.push(...unchecked);
  };
}

function otherData(changed: readonly Change[]): Error {
  return new Error(
    `fit: the data are not those of the run that was resumed: ${describeChanges(changed)}; give those, or go on with others by ${MEND}`,
  );
}

function loadCallbacks(list: CallbackList, states: Record<string, Json>, tensors: tf.NamedTensorMap): void {
  const found = list.withState();
  for (const [name, state] of Object.entries(states)) {
    const callback = found.find(c => c.name === name);
    // A run that is no longer saved is still the same run.
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
