import * as tf from '@tensorflow/tfjs';
import type { FileStore } from '../data/file-store';
import type { TrainingData } from '../data/training-data';
import type { TrainerCallback } from '../training/callbacks';
import { type CheckpointOptions, checkpoint } from '../training/callbacks/checkpoint';
import type { History } from '../training/history';
import type { FitOptions } from '../training/options';
import type { VaeTrainer } from '../training/trainer';
import { type Greeting, greetingIn, type SavedCheckpoint, type ToPage, type ToWorker, toPlain } from './messages';
import { pageShare } from './page-share';
import { type PicturesOptions, sendPictures } from './send-pictures';
import { throttledLogs } from './throttled-logs';
import { holdLock } from './watch-worker';

/** Milliseconds between signs of life, for the page's limits. */
const HEARTBEAT = 1000;

/** What a worker trains: what `trainer.fit` takes, and what the page is to hear of it. */
export type TrainingJob = Omit<FitOptions, 'epochs' | 'totalEpochs' | 'signal'> & {
  /** Built anew for each run, as it was at the first; with a checkpoint it goes on from there. */
  trainer: VaeTrainer;
  /** As for `trainer.fit`. */
  data: TrainingData;
  /** How many epochs the trainer has completed at the end, those before a resume included. */
  totalEpochs: number;
  /** As for `checkpoint`; the run first goes on from what the store holds. */
  checkpoint?: CheckpointOptions & {
    /** Whether the page also gets the bytes of each checkpoint. Default false. */
    send?: boolean;
  };
  /** Pictures to send. */
  pictures?: PicturesOptions;
};

/**
 * In a worker: trains what the page asks for by `trainInWorker`. The page stays free, whatever the backend.
 *
 * Functions cannot be posted, so model, data and backend are made here, from the page's `config`. Runs come one after
 * another; an error in `build` or in training is the page's error. What was made stays until the worker ends.
 *
 * @param build Makes the run from what the page gave; nothing checks at run time that this fits `Config`.
 * @throws When called anywhere but in a dedicated worker.
 * @example
 * ```ts
 * // worker.ts
 * serveTraining(async (config: { latentDim: number }) => {
 *   await tf.setBackend('webgl');
 *   const vae = mlpVae({ inputShape: [28, 28, 1], latentDim: config.latentDim, seed: 1 });
 *   return {
 *     trainer: new VaeTrainer({ model: vae, seed: 7 }),
 *     data: sprites({ count: 2000 }).images,
 *     totalEpochs: 20,
 *     checkpoint: { store: indexedDbStore('run 7'), every: { seconds: 10 } },
 *     pictures: { images: () => vae.sample(16, { seed: 1 }) },
 *   };
 * });
 * ```
 */
export function serveTraining<Config = unknown>(build: (config: Config) => TrainingJob | Promise<TrainingJob>): void {
  if (!('DedicatedWorkerGlobalScope' in globalThis)) {
    throw new Error('serveTraining: call it in the script of a Worker; the page calls trainInWorker');
  }
  const lock = holdLock();
  let busy = false;
  const ready = () => globalThis.postMessage({ 'tfjs-vae': 'ready' } satisfies Greeting);

  async function serve(config: Config, port: MessagePort): Promise<void> {
    const post = (message: ToPage, transfer: Transferable[] = []) => port.postMessage(message, transfer);
    if (busy) {
      post({ failed: toPlain(new Error('serveTraining: this worker trains already; take another or wait for it')) });
      return;
    }
    busy = true;
    const stop = new AbortController();
    void lock.then(name => post({ lock: name }));
    const alive = setInterval(() => post({ alive: true }), HEARTBEAT);
    port.onmessage = ({ data }: MessageEvent<ToWorker>) => {
      if (data === 'stop') stop.abort();
    };
    try {
      await train(await build(config), stop.signal, post);
    } catch (error) {
      post({ failed: toPlain(error) });
    } finally {
      clearInterval(alive);
      busy = false;
      port.onmessage = null;
    }
  }

  globalThis.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    const greeting = greetingIn<Config>(data);
    if (greeting === 'hello') ready();
    else if (typeof greeting === 'object') void serve(greeting.start, greeting.port);
  });
  ready();
}

/** One run, from the last checkpoint on. */
async function train(
  job: TrainingJob,
  signal: AbortSignal,
  post: (message: ToPage, transfer?: Transferable[]) => void,
): Promise<void> {
  checkJob(job);
  const { trainer, data, checkpoint: saving, pictures, callbacks = [], ...options } = job;
  const logs = throttledLogs(entries => post({ logs: entries }));
  const all: TrainerCallback[] = [pageShare(), ...[callbacks].flat(), logs];
  if (pictures) all.push(sendPictures(pictures, picture => post({ picture }, [picture.pixels.buffer])));
  if (saving) {
    const { send = false, ...rest } = saving;
    const store = telling(saving.store, (name, bytes) => {
      logs.flush();
      const saved: SavedCheckpoint = { name, steps: trainer.steps };
      if (!send) return post({ checkpoint: saved });
      const copy = bytes.slice();
      post({ checkpoint: { ...saved, bytes: copy } }, [copy.buffer]);
    });
    all.push(checkpoint({ ...rest, store }));
    const resumed = await trainer.resume(store);
    if (resumed) post({ resumed: { ...resumed, history: await historyOf(trainer) } });
  }
  let history: History;
  try {
    history = await trainer.fit(data, { ...options, callbacks: all, signal });
  } finally {
    logs.flush();
  }
  post({ done: history });
}

/** Checks what only a worker must look at; `fit` checks the options that it gets. */
function checkJob(job: TrainingJob): void {
  if (!job?.trainer || !job.data || job.totalEpochs === undefined) {
    throw new Error('serveTraining: the function must return an object with trainer, data and totalEpochs');
  }
  for (const [key, instead] of [
    ['epochs', 'totalEpochs'],
    ['signal', 'stop() in the page'],
  ]) {
    if (key! in job) throw new Error(`serveTraining: unknown option ${key}; write ${instead}`);
  }
}

async function historyOf(trainer: VaeTrainer): Promise<History> {
  const { progress, tensors } = await trainer.snapshot({ exact: false });
  tf.dispose(tensors);
  return progress.history;
}

/** A store that says what has been written to it. */
function telling(store: FileStore, tell: (name: string, bytes: Uint8Array) => void): FileStore {
  return {
    description: store.description,
    list: () => store.list(),
    read: name => store.read(name),
    async write(name, bytes) {
      await store.write(name, bytes);
      tell(name, bytes);
    },
    remove: name => store.remove(name),
    ...(store.rename && { rename: (from, to) => store.rename!(from, to) }),
    ...(store.lock && { lock: () => store.lock!() }),
  };
}
