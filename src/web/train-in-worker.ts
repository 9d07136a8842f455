import { checkKeys } from '../ops/check-keys';
import type { History } from '../training/history';
import {
  fromPlain,
  type Greeting,
  greetingIn,
  type ResumedRun,
  type SavedCheckpoint,
  type ToPage,
  type ToWorker,
  type TrainingLogs,
  type TrainingPicture,
} from './messages';
import { type WorkerLimits, watchWorker, whenWorkerEnds } from './watch-worker';

/** What `trainInWorker` takes. */
export type TrainInWorkerOptions<Config = unknown> = {
  /** Goes to the function that `serveTraining` was given: anything that structured cloning can copy. */
  config: Config;
  /** How long the page waits for an answer before the run counts as failed: no event says that a worker was ended. */
  limits?: WorkerLimits;
  /** The objects in `config` that are transferred instead of copied: buffers of a data set, for example. */
  transfer?: Transferable[];
  /** Called before training where there was a checkpoint: where it goes on, its history, and what was found damaged. */
  onResumed?: (resumed: ResumedRun) => void;
  /** Called with logs in order: every epoch, and the newest batch at most once in 50 ms. */
  onLogs?: (entry: TrainingLogs) => void;
  /** Called as often as the worker's `pictures` say. */
  onPicture?: (picture: TrainingPicture) => void;
  /** Called as soon as a checkpoint is in its store. */
  onCheckpoint?: (checkpoint: SavedCheckpoint) => void;
};

const KEYS = ['config', 'limits', 'transfer', 'onResumed', 'onLogs', 'onPicture', 'onCheckpoint'] as const;

/** A run in a worker, as the page sees it. */
export type WorkerRun = {
  /**
   * The history of all epochs so far, when training has ended or was stopped. Rejected with an `Error` when something
   * went wrong in the worker.
   */
  readonly done: Promise<History>;
  /**
   * Ends training after the current step; resolves when the checkpoint has been saved, where there is a store. Fails as
   * `done` does, also when the worker does not stop within `limits.stop`.
   */
  stop(): Promise<void>;
  /** Ends the worker at once: what came after the last checkpoint is lost, and `done` fails with an `AbortError`. */
  terminate(): void;
};

/**
 * In the page: trains in a worker whose script calls `serveTraining`.
 *
 * With a store in the worker's `checkpoint`, a run that was stopped, or whose tab was closed, goes on exactly by
 * calling this again, with a new worker or the same one.
 *
 * @param worker The worker; it goes on living, so call `terminate` when you no longer need it.
 * @param options The worker's configuration, and who hears of the run.
 * @throws When an option is unknown or a limit is not a positive number. `done`: with name and message of what
 * `serveTraining`'s function or training threw; when the script of the worker cannot be loaded or crashes; when the
 * worker is ended, by `worker.terminate()` or by itself; and when it stays silent for longer than `limits` allow. It is
 * not ended then, since the worker is yours: call `terminate`.
 * @example
 * ```ts
 * import { drawPicture } from 'tfjs-vae/web';
 *
 * const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
 * const canvas = document.querySelector('canvas')!;
 * const run = trainInWorker(worker, {
 *   config: { latentDim: 8 },
 *   onLogs: ({ of, epoch, logs }) => of === 'epoch' && document.body.append(`epoch ${epoch}: ${logs.loss}`),
 *   onPicture: picture => drawPicture(canvas, picture),
 * });
 * document.querySelector('button')!.onclick = () => run.stop();
 * const { history } = await run.done;
 * ```
 */
export function trainInWorker<Config = unknown>(worker: Worker, options: TrainInWorkerOptions<Config>): WorkerRun {
  checkKeys('trainInWorker', options, KEYS, {}, ['config']);
  const { config, transfer = [], limits = {} } = options;
  const { promise: done, resolve, reject } = deferred<History>();
  const { port1: port, port2 } = new MessageChannel();
  const listening = new AbortController();
  const { signal } = listening;
  const watch = watchWorker(limits, fail);
  let started = false;

  function end(): void {
    watch.end();
    listening.abort();
    port.close();
  }
  function fail(error: Error): void {
    port.postMessage('stop' satisfies ToWorker);
    end();
    reject(error);
  }

  port.onmessage = ({ data }: MessageEvent<ToPage>) => {
    watch.alive();
    if ('logs' in data) for (const entry of data.logs) options.onLogs?.(entry);
    else if ('picture' in data) options.onPicture?.(data.picture);
    else if ('checkpoint' in data) options.onCheckpoint?.(data.checkpoint);
    else if ('lock' in data) whenWorkerEnds(data.lock, signal, fail);
    else if ('resumed' in data) options.onResumed?.(data.resumed);
    else if ('done' in data || 'failed' in data) {
      end();
      if ('done' in data) resolve(data.done);
      else reject(fromPlain(data.failed));
    }
  };
  const unreadable = () => fail(new Error('trainInWorker: a message from the worker could not be read'));
  port.onmessageerror = unreadable;
  worker.addEventListener(
    'message',
    ({ data }: MessageEvent<unknown>) => {
      if (started || greetingIn(data) !== 'ready') return;
      started = true;
      watch.begin('silence');
      const greeting: Greeting<Config> = { 'tfjs-vae': { start: config, port: port2 } };
      try {
        worker.postMessage(greeting, [port2, ...transfer]);
      } catch (error) {
        fail(new Error(`trainInWorker: config cannot be posted: ${(error as Error).message}`, { cause: error }));
      }
    },
    { signal },
  );
  worker.addEventListener(
    'error',
    event => {
      event.preventDefault(); // it is reported by `done`
      fail(new Error(`trainInWorker: ${crashOf(event)}`));
    },
    { signal },
  );
  worker.addEventListener('messageerror', unreadable, { signal });
  worker.postMessage({ 'tfjs-vae': 'hello' } satisfies Greeting);
  watch.begin('start');

  return {
    done,
    stop() {
      if (!signal.aborted) watch.begin('stop');
      port.postMessage('stop' satisfies ToWorker);
      const stopped = done.then(() => {});
      // Errors show at `done`, for callers that do not wait for this.
      stopped.catch(() => {});
      return stopped;
    },
    terminate() {
      worker.terminate();
      end();
      const error = new Error('trainInWorker: the worker was terminated');
      error.name = 'AbortError';
      // Whoever called terminate() knows; for others who wait it is still an error.
      done.catch(() => {});
      reject(error);
    },
  };
}

function crashOf({ message, filename, lineno }: ErrorEvent): string {
  if (!message) return 'the script of the worker could not be loaded';
  return `the worker crashed: ${message}${filename ? ` (${filename}:${lineno})` : ''}`;
}

function deferred<T>() {
  let resolve!: (value: T) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
