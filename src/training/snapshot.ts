import * as tf from '@tensorflow/tfjs';
import { checkKeys } from '../ops/check-keys';
import type { Json } from './callbacks';
import { obstaclesTo } from './obstacles';
import type { Progress } from './progress';
import { newRunId } from './run-id';
import { allVariables, kindsOf, withState } from './saved-variables';
import { allSettings, type Settings } from './settings';
import type { TrainerParts } from './trainer-parts';

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

export async function takeSnapshot(parts: TrainerParts, options: SnapshotOptions = {}): Promise<Snapshot> {
  checkKeys('snapshot', options, ['exact']);
  checkRest(parts);
  const settings = await allSettings(parts);
  checkRest(parts); // a hook that does not await the snapshot is over by now
  const { exact = true } = options;
  const obstacles = exact ? obstaclesTo(parts) : [];
  if (obstacles.length > 0) {
    throw new Error(
      `snapshot: a resumed run would not be exactly this one: ${obstacles.join('; ')}. Mend that, or give exact: false`,
    );
  }
  const callbacks = new Map(Object.entries(parts.later.now?.states ?? {}));
  for (const callback of withState(parts)) {
    if (callbacks.has(callback.name)) {
      throw new Error(`snapshot: two callbacks with state are named '${callback.name}'; give them different names`);
    }
    callbacks.set(callback.name, callback.state?.() ?? null);
  }
  parts.progress.run ??= newRunId();
  // Clones share memory until one of the two is written to.
  const held = { ...allVariables(parts), ...parts.later.now?.tensors };
  const tensors = Object.fromEntries(Object.entries(held).map(([path, t]) => [path, tf.clone(t)]));
  return {
    progress: structuredClone(parts.progress),
    // Object.fromEntries makes even names such as `__proto__` ordinary fields.
    callbacks: Object.fromEntries(callbacks),
    optimizers: kindsOf(parts),
    settings,
    tensors,
  };
}

function checkRest({ running, later }: TrainerParts): void {
  if (!running || later.callbacks?.rests) return;
  throw new Error(
    'snapshot: fit is under way, and a step may be on its way; take it from onRest of a callback (await it there), or after fit',
  );
}
