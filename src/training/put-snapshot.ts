import * as tf from '@tensorflow/tfjs';
import type { Source } from '../data/source';
import { type Change, type Comparison, compare, describeChanges } from '../io/compare-settings';
import { firstPaths, misfitOf, putValues } from '../variables/put-values';
import { type Variables, within } from '../variables/variables';
import { restoreProgress } from './progress';
import { dataHeadOf, settingsOf } from './settings';
import { fixedVariables, kindsOf, type Snapshot } from './snapshot';
import { optimizersOf, type TrainerState } from './trainer-state';

const MEND = 'resume(store, { acceptChanges: true })';

/**
 * Everything is looked at before anything is changed.
 *
 * @param snapshot Its tensors stay the caller's.
 * @returns What differs from the run that was saved. The `fit` that follows adds what differs in the data.
 * @throws When the snapshot is of another model, objective or optimizer.
 */
export function putSnapshot(state: TrainerState, snapshot: Snapshot, acceptChanges: boolean): Comparison {
  checkKinds(state, snapshot);
  const { progress, callbacks } = snapshot;
  // A map, so that a name in the file cannot reach a prototype.
  const tensors = new Map(Object.entries(snapshot.tensors));
  const targets = fixedVariables(state);
  checkTensors(state, targets, tensors);
  const comparison = compareSettings(state, snapshot);
  const ofModel = comparison.changed.filter(({ setting }) => setting.startsWith('model.'));
  if (ofModel.length > 0 && !acceptChanges) {
    throw new Error(
      `resume: the model is not that of the checkpoint: ${describeChanges(ofModel)}; build it as it was, or go on with this one by ${MEND}`,
    );
  }
  for (const [prefix, optimizer] of Object.entries(optimizersOf(state))) {
    const slots = within(snapshot.tensors, prefix);
    if (optimizer.load) optimizer.load(slots);
    else if (Object.keys(slots).length > 0) throw new Error(`resume: the ${prefix} has no load, so its state is lost`);
  }
  state.weightMean.load(within(snapshot.tensors, 'weights'));
  putValues(targets, tensors);
  restoreProgress(state.progress, progress);
  tf.dispose(state.pendingCallbackState?.tensors);
  const ofCallbacks = [...tensors].filter(([path]) => path.startsWith('callback/'));
  const copies = Object.fromEntries(ofCallbacks.map(([path, t]) => [path, tf.clone(t)]));
  state.pendingCallbackState = { states: callbacks, tensors: copies };
  expectData(state, snapshot, comparison, acceptChanges);
  return comparison;
}

function checkKinds(state: TrainerState, { optimizers }: Snapshot): void {
  for (const [name, kind] of Object.entries(kindsOf(state))) {
    const saved = Object.hasOwn(optimizers, name) ? optimizers[name] : undefined;
    if (saved === kind) continue;
    throw new Error(`resume: the ${name} is ${kind} here, but was ${saved ?? 'another'}; make it as it was`);
  }
}

function checkTensors(state: TrainerState, targets: Variables, tensors: ReadonlyMap<string, tf.Tensor>): void {
  const prefixes = [...Object.keys(optimizersOf(state)), 'callback', 'weights'];
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

function compareSettings(state: TrainerState, { settings: saved }: Snapshot): Comparison {
  if (!saved) {
    const reason =
      'settings and data: the checkpoint is from before checkpoints held them, and before runs had an id; its run is told from others by the seed alone';
    return { changed: [], unchecked: [reason] };
  }
  const [was, now] = [new Map(Object.entries(saved)), new Map(Object.entries(settingsOf(state)))];
  was.delete('data');
  const all = [...new Set([...was.keys(), ...now.keys()])].map(name => compare(was.get(name), now.get(name), name));
  return { changed: all.flatMap(c => c.changed), unchecked: all.flatMap(c => c.unchecked) };
}

/** The data come with `fit`: those of the first one that trains, or of one before it, have to be those of the run. */
function expectData(state: TrainerState, { settings }: Snapshot, comparison: Comparison, acceptChanges: boolean): void {
  delete state.resumedData;
  delete state.dataHead;
  if (!settings) return;
  const head = Object.hasOwn(settings, 'data') ? settings['data'] : undefined;
  if (head === undefined) {
    comparison.unchecked.push('data: the run was saved before it had seen any');
    return;
  }
  state.dataHead = head;
  state.resumedData = { head, acceptChanges, comparison };
}

/**
 * Compares data with those of the run that was resumed.
 *
 * @param trains Whether they are to be trained on.
 * @throws When they differ, and are to be trained on.
 */
export async function checkResumedData(state: TrainerState, source: Source, trains: boolean): Promise<void> {
  if (!state.resumedData) return;
  const { head, acceptChanges, comparison } = state.resumedData;
  const { changed, unchecked } = compare(head, await dataHeadOf(source, true), 'data');
  if (changed.length > 0 && !trains) return;
  if (changed.length > 0 && !acceptChanges) throw otherData(changed);
  delete state.resumedData;
  comparison.changed.push(...changed);
  comparison.unchecked.push(...unchecked);
}

function otherData(changed: readonly Change[]): Error {
  return new Error(
    `fit: the data are not those of the run that was resumed: ${describeChanges(changed)}; give those, or go on with others by ${MEND}`,
  );
}

/**
 * Gives callbacks what a resumed run holds for them.
 *
 * @throws When one of them is missing.
 */
export function loadCallbackState(state: TrainerState): void {
  const { pendingCallbackState: pending, callbacks } = state;
  if (!pending) return;
  for (const [name, saved] of Object.entries(pending.states)) {
    const callback = callbacks.find(c => c.name === name);
    // A run that is no longer saved is still the same run. In a group, only process 0 writes.
    if (!callback && (name === 'checkpoint' || (state.group?.rank ?? 0) > 0)) continue;
    if (!callback) {
      throw new Error(
        `fit: the checkpoint holds the state of the callback '${name}', but none of that name was given; a run without it would be another one`,
      );
    }
    callback.loadState?.(saved, within(pending.tensors, `callback/${name}`));
  }
  tf.dispose(pending.tensors);
  delete state.pendingCallbackState;
}
