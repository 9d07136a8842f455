import * as tf from '@tensorflow/tfjs';
import { FileFormatError } from '../data/file-format-error';
import type { FileStore } from '../data/file-store';
import { readCheckpoint } from '../io/checkpoint-file';
import { fromRecords } from '../io/tensor-records';
import { checkedProgress } from './checked-progress';
import { bestOf, lastOf } from './checkpoint-names';
import { putSnapshot, type Snapshot } from './snapshot';
import type { TrainerParts } from './trainer-parts';

/** What `trainer.resume` found. */
export type Resumed = {
  /** Completed optimizer steps. */
  steps: number;
  /** Completed epochs. */
  epochs: number;
  /** The file that was read. */
  name: string;
  /** Newer files that could not be read, and why. */
  damaged: readonly {
    /** The file. */
    name: string;
    /** What is wrong with it. */
    reason: string;
  }[];
};

/** What `trainer.resume` takes. */
export type ResumeOptions = {
  /** The newest checkpoint, or the best one that `checkpoint({ monitor })` kept. Default `'last'`. */
  which?: 'last' | 'best';
};

export async function resume(
  parts: TrainerParts,
  from: FileStore | Snapshot,
  { which = 'last' }: ResumeOptions = {},
): Promise<Resumed | undefined> {
  if (typeof from !== 'object' || from === null || !('tensors' in from || 'list' in from)) {
    throw new Error(
      `resume: expected a FileStore, such as folderStore(path) of tfjs-vae/node, or a snapshot, got ${typeof from}`,
    );
  }
  if ('tensors' in from) {
    putSnapshot(parts, from);
    return resumed(parts, 'snapshot', []);
  }
  const names = (which === 'best' ? bestOf : lastOf)(await from.list());
  const damaged: { name: string; reason: string }[] = [];
  for (const name of names) {
    const snapshot = await snapshotOf(from, name, reason => damaged.push({ name, reason }));
    if (!snapshot) continue;
    try {
      putSnapshot(parts, snapshot);
    } finally {
      tf.dispose(snapshot.tensors);
    }
    return resumed(parts, name, damaged);
  }
  if (damaged.length === 0) return undefined;
  const list = damaged.map(({ name, reason }) => `${name} (${reason})`).join('; ');
  throw new FileFormatError(`resume: every checkpoint in ${from.description} is damaged: ${list}`);
}

function resumed({ progress }: TrainerParts, name: string, damaged: Resumed['damaged']): Resumed {
  return { steps: progress.steps, epochs: progress.epoch, name, damaged };
}

async function snapshotOf(
  store: FileStore,
  name: string,
  onDamage: (reason: string) => void,
): Promise<Snapshot | undefined> {
  try {
    const { progress, callbacks, optimizers, tensors } = readCheckpoint(await store.read(name));
    return {
      progress: checkedProgress(progress),
      callbacks: callbacks as Snapshot['callbacks'],
      optimizers: optimizers as Snapshot['optimizers'],
      tensors: fromRecords(tensors),
    };
  } catch (error) {
    if (!(error instanceof FileFormatError)) throw error;
    onDamage(error.message);
    return undefined;
  }
}
