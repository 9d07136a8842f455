import * as tf from '@tensorflow/tfjs';
import type { FileStore } from '../../data/file-store';
import { bestName, lastName, writeCheckpoint } from '../../io/checkpoint-file';
import { toRecords } from '../../io/tensor-records';
import { checkKeys } from '../../ops/check-keys';
import { savedNumbers } from '../callback-state';
import type { TrainerCallback, TrainerHandle } from '../callbacks';
import { CheckpointFiles } from '../checkpoint-files';
import type { Logs } from '../history';
import { monitorOf } from './monitor';

/** What `checkpoint` takes. */
export type CheckpointOptions = {
  /** Where the files go, one for each checkpoint. */
  store: FileStore;
  /** How often: whichever comes first. By default, after each epoch. The end of a run is saved in any case. */
  every?: {
    /** Optimizer steps. */
    steps?: number;
    /** Epochs. */
    epochs?: number;
    /** Seconds since the last one. */
    seconds?: number;
  };
  /** How many of the last checkpoints stay. Default 2: should the newest be damaged, the one before is taken. */
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
 * all; older ones of this run are removed after that. What another run wrote is never removed, and what is damaged stays
 * or is renamed to `….damaged`. Put it behind callbacks that change weights.
 *
 * @throws When an option is out of range. Before the first step: when another process, page or trainer writes to the
 * store, or when it holds a checkpoint that is further on than this run, of another run, or of a format that this
 * release does not know. In training: when a file cannot be written; earlier ones stay as they are.
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
  checkKeys('checkpoint', options, ['store', 'every', 'keep', 'monitor', 'mode', 'exact']);
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
  const files = new CheckpointFiles(store);
  let trainer: TrainerHandle | undefined;
  /** The value of the best checkpoint that has been written. */
  let best: number | null = null;
  /** The value of this epoch, where it is better. */
  let better: number | null = null;
  /** Epochs until the run ends. */
  let left = Infinity;
  /** A stream cannot go on within an epoch. */
  let isStream = false;
  /** The steps at the last checkpoint, the epochs since then, and its time. */
  let saved = { steps: -1, epochs: 0, time: 0 };

  return {
    name: 'checkpoint',
    firstProcessOnly: true,
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
      const { progress, tensors } = await trainer!.snapshot({ exact: false });
      tf.dispose(tensors);
      await files.open({ run: progress.run!, steps: progress.steps });
    },
    onTeardown: () => files.close(),
    onEpochEnd(_epoch: number, logs: Logs = {}) {
      saved.epochs++;
      left--;
      if (!monitor) return;
      const value = monitor.read(logs);
      better = monitor.isBetter(value, best ?? undefined) ? value : null;
    },
    wantsIdle(when) {
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
    async onIdle() {
      const { tensors, ...plain } = await trainer!.snapshot({ exact });
      const { steps } = plain.progress;
      try {
        const bytes = writeCheckpoint({ ...plain, tensors: await toRecords(tensors) });
        // The best one first: whoever goes on from the last checkpoint relies on the best one being there.
        if (better !== null) await files.save(bestName(steps), bytes, 1);
        best = better ?? best;
        await files.save(lastName(steps), bytes, Math.ceil(keep));
      } finally {
        tf.dispose(tensors);
      }
      better = null;
      saved = { steps, epochs: 0, time: performance.now() };
    },
  };
}
