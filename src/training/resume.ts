import * as tf from '@tensorflow/tfjs';
import { FileFormatError } from '../data/file-format-error';
import type { FileStore } from '../data/file-store';
import { bestOf, lastOf } from '../io/checkpoint-file';
import type { Change, Comparison } from '../io/compare-settings';
import { fromRecords } from '../io/tensor-records';
import { checkKeys } from '../ops/check-keys';
import { readStored, type Stored } from './checkpoint-files';
import { runIdOf } from './progress';
import { putSnapshot } from './put-snapshot';
import type { Snapshot } from './snapshot';
import type { TrainerState } from './trainer-state';

/** What `trainer.resume` found. */
export type Resumed = {
  /** Completed optimizer steps. */
  steps: number;
  /** Completed epochs. */
  epochs: number;
  /** The file that was read. */
  name: string;
  /** Newer files that are damaged or could not be read, and why. */
  damaged: readonly {
    /** The file. */
    name: string;
    /** What is wrong with it. */
    reason: string;
  }[];
  /** Settings that differ from those of the saved run. `fit` adds those of the data when it begins. */
  changed: readonly Change[];
  /** What could not be compared, and why: functions, streams, checkpoints of earlier releases. */
  unchecked: readonly string[];
};

/** What `trainer.resume` takes. */
export type ResumeOptions = {
  /**
   * The newest checkpoint, or the best one that `checkpoint({ monitor })` kept of the same run. Default `'last'`.
   */
  which?: 'last' | 'best';
  /** Whether to go on with another configuration of the model, or with other data. Default false: that is refused. */
  acceptChanges?: boolean;
};

/** How often to look again where the run that writes there removes what was listed. */
const LOOKS = 5;

export async function resume(
  state: TrainerState,
  from: FileStore | Snapshot,
  options: ResumeOptions = {},
): Promise<Resumed | undefined> {
  checkKeys('resume', options, ['which', 'acceptChanges']);
  const { which = 'last', acceptChanges = false } = options;
  if (which !== 'last' && which !== 'best') throw new Error(`resume: which must be 'last' or 'best', got ${which}`);
  if (typeof from !== 'object' || from === null || !('tensors' in from || 'list' in from)) {
    throw new Error(
      `resume: expected a FileStore, such as folderStore(path) of tfjs-vae/node, or a snapshot, got ${typeof from}`,
    );
  }
  const { group } = state;
  if (group && group.size > 1 && !('tensors' in from)) {
    const { sharedStore } = await import('./group/shared-store');
    from = sharedStore(group, from);
  }
  if ('tensors' in from) return resumed(state, 'snapshot', [], putSnapshot(state, from, acceptChanges));
  for (let look = 1; ; look++) {
    const found = await find(from, which, state.progress.run);
    if (found === 'gone' && look < LOOKS) continue;
    if (found === 'gone') throw new Error(`resume: the checkpoints in ${from.description} change too fast to be read`);
    if (!found) return undefined;
    const { progress, content, name, damaged } = found;
    const tensors = fromRecords(content.tensors);
    try {
      const snapshot = { ...(content as unknown as Snapshot), progress, tensors };
      return resumed(state, name, damaged, putSnapshot(state, snapshot, acceptChanges));
    } finally {
      tf.dispose(tensors);
    }
  }
}

function resumed(
  { progress }: TrainerState,
  name: string,
  damaged: Resumed['damaged'],
  { changed, unchecked }: Comparison,
): Resumed {
  return { steps: progress.steps, epochs: progress.epoch, name, damaged, changed, unchecked };
}

type Whole = Extract<Stored, { kind: 'checkpoint' }> & { name: string };
type Found = Whole & { damaged: { name: string; reason: string }[] };

/** The checkpoint to go on from; undefined where the store has none. */
async function find(store: FileStore, which: string, run: string | undefined): Promise<Found | 'gone' | undefined> {
  const names = await store.list();
  const [last, best] = [lastOf(names), bestOf(names)];
  // A run that was killed at its first checkpoint, between the two files, has only the best one.
  if (which === 'last') return firstWhole(store, [...last, ...best], () => true);
  if (best.length === 0) return undefined;
  const newest = last.length > 0 ? await firstWhole(store, last, () => true).catch(damagedIsNone) : undefined;
  if (newest === 'gone') return newest;
  const wanted = newest ? runIdOf(newest.progress) : run;
  return firstWhole(store, best, ({ progress }) => wanted === undefined || runIdOf(progress) === wanted);
}

/** @throws When a checkpoint has a format that is not known, or none belongs to this run, or all are damaged. */
async function firstWhole(
  store: FileStore,
  names: readonly string[],
  isWanted: (found: Whole) => boolean,
): Promise<Found | 'gone' | undefined> {
  const damaged: Found['damaged'] = [];
  const others: string[] = [];
  for (const name of names) {
    const stored = await readStored(store, name);
    if (stored.kind === 'gone') return 'gone';
    if (stored.kind === 'unknown') {
      throw new Error(
        `resume: '${name}' in ${store.description} is not a checkpoint that this release can read (${stored.reason}); update tfjs-vae, take the file away, or give another store`,
      );
    }
    if (stored.kind === 'damaged') damaged.push({ name, reason: stored.reason });
    else if (isWanted({ ...stored, name })) return { ...stored, name, damaged };
    else others.push(`${name} (run ${runIdOf(stored.progress)})`);
  }
  if (others.length > 0) {
    throw new Error(`resume: no best checkpoint of this run is in ${store.description}, only ${others.join(', ')}`);
  }
  if (damaged.length === 0) return undefined;
  const list = damaged.map(({ name, reason }) => `${name} (${reason})`).join('; ');
  throw new FileFormatError(`resume: every checkpoint in ${store.description} is damaged: ${list}`);
}

function damagedIsNone(error: unknown): undefined {
  if (!(error instanceof FileFormatError)) throw error;
}
