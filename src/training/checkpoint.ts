import * as tf from '@tensorflow/tfjs';
import { FileFormatError } from '../data/file-format-error';
import type { FileStore } from '../data/file-store';
import { readCheckpoint, writeCheckpoint } from '../io/checkpoint-file';
import { toRecords } from '../io/tensor-records';
import type { TrainerCallback, TrainerHandle } from './callbacks';
import { monitorOf } from './callbacks/monitor';
import { savedNumbers } from './callbacks/saved-numbers';
import { checkedProgress } from './checked-progress';
import { bestName, bestOf, lastName, lastOf } from './checkpoint-names';
import type { Logs } from './history';

/** What `checkpoint` takes. */
export type CheckpointOptions = {
  /** Where the files go, one for each checkpoint. */
  store: FileStore;
  /** How often: whichever comes first. Default each epoch. What a run ends with is saved in any case. */
  every?: {
    /** Optimizer steps. */
    steps?: number;
    /** Epochs. */
    epochs?: number;
    /** Seconds since the last one. */
    seconds?: number;
  };
  /** How many of the last ones stay. Default 2: should the newest be damaged, the one before is taken. */
  keep?: number;
  /** A key of the logs, such as `'val_elbo'`: the checkpoint of the epoch at which it was best stays as well. */
  monitor?: string;
  /** Whether smaller or larger is better. Known for `elbo`, `bound`, `reconstruction`, `kl` and losses; else needed. */
  mode?: 'min' | 'max';
  /** Whether a resumed run must be this one bit for bit; what stands in the way is an error then. Default true. */
  exact?: boolean;
};

/**
 * Saves training as it goes, so that a run that is killed at any moment goes on from its last checkpoint, bit for bit.
 *
 * Files are named `step-<steps>.safetensors`, the best one `best-<steps>.safetensors`. Each is written whole or not at
 * all; older ones are removed after that. Put it behind callbacks that change weights.
 *
 * @throws When an option is out of range. Before the first step: when the store holds a checkpoint that is further on
 * than this run, which was not resumed. In training: when a file cannot be written; earlier ones stay as they are.
 * @example
 * ```ts
 * const store = memoryStore(); // or folderStore('runs/7') of tfjs-vae/node, or indexedDbStore('run 7') in a browser
 * await trainer.resume(store);
 * await trainer.fit(xTrain, {
 *   totalEpochs: 2,
 *   validationData: xTest,
 *   callbacks: checkpoint({ store, every: { seconds: 60 }, monitor: 'val_elbo' }),
 * });
 * ```
 */
export function checkpoint(options: CheckpointOptions): TrainerCallback {
  const { store, every = { epochs: 1 }, keep = 2, exact = true } = options;
  if (typeof store?.write !== 'function') {
    throw new Error('checkpoint: store must be a FileStore, such as folderStore(path) of tfjs-vae/node');
  }
  for (const [name, value] of Object.entries({ ...every, keep })) {
    if (!['steps', 'epochs', 'seconds', 'keep'].includes(name)) {
      throw new Error(`checkpoint: every takes steps, epochs and seconds, got ${name}`);
    }
    if (!(value > 0)) throw new Error(`checkpoint: ${name} must be a positive number, got ${value}`);
  }
  const monitor = options.monitor === undefined ? undefined : monitorOf('checkpoint', options);
  let trainer: TrainerHandle | undefined;
  /** Of the best file that is written. */
  let best: number | null = null;
  /** That of this epoch, where it is better. */
  let better: number | null = null;
  /** Epochs until the run ends. */
  let left = Infinity;
  /** A stream cannot go on within an epoch. */
  let isStream = false;
  /** Further on than where this run began, and not readable. */
  const damaged = new Set<string>();
  /** The steps at the last checkpoint, the epochs since then, and its time. */
  let saved = { steps: -1, epochs: 0, time: 0 };

  async function save(bytes: Uint8Array, steps: number, nameOf: typeof lastName, older: Older, count: number) {
    const name = nameOf(steps);
    await reporting(`write '${name}' to`, async () => {
      await store.write(name, bytes);
      damaged.delete(name);
      // What lies further on stays until this run has passed it; a damaged one is none of the last.
      const reached = older(await store.list()).filter(other => other <= name);
      const kept = new Set(reached.filter(other => !damaged.has(other)).slice(0, count));
      for (const other of reached) if (!kept.has(other)) await store.remove(other);
    });
  }

  async function reporting<T>(what: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      throw new Error(`checkpoint: could not ${what} ${store.description}: ${(cause as Error).message}`, { cause });
    }
  }

  return {
    name: 'checkpoint',
    state: () => ({ best: better ?? best }),
    loadState(state) {
      best = savedNumbers('checkpoint', state, ['best']).best;
    },
    setParams(params) {
      left = params.epochs - params.initialEpoch;
      isStream = params.samples === undefined;
    },
    setTrainer(handle) {
      trainer = handle;
      better = null;
      saved = { steps: handle.steps, epochs: 0, time: performance.now() };
    },
    async onTrainBegin() {
      const { steps } = trainer!;
      damaged.clear();
      const further = lastOf(await reporting('list', () => store.list())).filter(name => name > lastName(steps));
      for (const name of further) {
        const bytes = await reporting(`read '${name}' from`, () => store.read(name));
        if (!isWhole(bytes)) {
          damaged.add(name);
          continue;
        }
        throw new Error(
          `checkpoint: ${store.description} holds '${name}', but this run is at step ${steps}: call trainer.resume(store) before fit to go on from that, or give another store`,
        );
      }
    },
    onEpochEnd(_epoch: number, logs: Logs = {}) {
      saved.epochs++;
      left--;
      if (!monitor) return;
      const value = monitor.read(logs);
      better = monitor.isBetter(value, best ?? undefined) ? value : null;
    },
    restDue(when) {
      // The end of an epoch is more than its last step: it has the validation and the record.
      if (!trainer || (trainer.steps === saved.steps && saved.epochs === 0)) return false;
      if (when === 'stop') return !isStream;
      if (when === 'epoch' && (better !== null || left === 0 || trainer.stopTraining)) return true;
      const { steps = Infinity, epochs = Infinity, seconds = Infinity } = every;
      return (
        trainer.steps - saved.steps >= steps ||
        (when === 'epoch' && saved.epochs >= epochs) ||
        performance.now() - saved.time >= 1000 * seconds
      );
    },
    async onRest() {
      const { tensors, ...plain } = await trainer!.snapshot({ exact });
      const { steps } = plain.progress;
      try {
        const bytes = writeCheckpoint({ ...plain, tensors: await toRecords(tensors) });
        // The best first: whoever goes on from the last one takes it that the best is there.
        if (better !== null) await save(bytes, steps, bestName, bestOf, 1);
        best = better ?? best;
        await save(bytes, steps, lastName, lastOf, Math.ceil(keep));
      } finally {
        tf.dispose(tensors);
      }
      better = null;
      saved = { steps, epochs: 0, time: performance.now() };
    },
  };
}

type Older = (names: readonly string[]) => string[];

function isWhole(bytes: Uint8Array): boolean {
  try {
    checkedProgress(readCheckpoint(bytes).progress);
    return true;
  } catch (error) {
    if (error instanceof FileFormatError) return false;
    throw error;
  }
}
