import type { Source } from '../data/source';
import type { Logs } from './history';

/** One hook of a callback; a promise that it returns is awaited. */
export type CallbackHook<A extends unknown[]> = (...args: A) => unknown;

/** Hooks in the shape of `LayersModel.fit`; those of `tfvis.show.fitCallbacks` and `tf.callbacks.earlyStopping` fit. */
export type TrainerCallback = {
  /** Before the first step. */
  onTrainBegin?: CallbackHook<[logs?: Logs]>;
  /** After the last step. */
  onTrainEnd?: CallbackHook<[logs?: Logs]>;
  /** Before each epoch. */
  onEpochBegin?: CallbackHook<[epoch: number, logs?: Logs]>;
  /** With the means of the epoch, `val_…` included. */
  onEpochEnd?: CallbackHook<[epoch: number, logs?: Logs]>;
  /** Before each step. */
  onBatchBegin?: CallbackHook<[batch: number, logs?: Logs]>;
  /** In the order of the batches, once their numbers have come back from the device. */
  onBatchEnd?: CallbackHook<[batch: number, logs?: Logs]>;
  /** Called once before training, with what is known of it. */
  setParams?: CallbackHook<[params: CallbackParams]>;
};

/** What a callback is told before training; a count that is not known is absent. */
export type CallbackParams = {
  /** Epochs of this run. */
  epochs: number;
  /** Steps of an epoch. */
  steps?: number;
  /** Examples in the training set. */
  samples?: number;
  /** Examples of a step. */
  batchSize?: number;
};

/** One callback or several, ours or tfjs's. */
export type Callbacks = TrainerCallback | readonly TrainerCallback[];

type HookName = Exclude<keyof TrainerCallback, 'setParams'>;

/** Several callbacks as one; each is awaited. */
export class CallbackList {
  readonly #callbacks: readonly TrainerCallback[];

  /**
   * @param callbacks One or several.
   * @param host What tfjs's own callbacks know as their model: they set its `stopTraining`.
   */
  constructor(callbacks: Callbacks | undefined, host: { stopTraining: boolean }, params: CallbackParams) {
    const list = callbacks === undefined ? [] : Array.isArray(callbacks) ? callbacks : [callbacks];
    for (const callback of list) {
      if (typeof callback !== 'object' || callback === null) {
        throw new Error(`callbacks: expected objects with hooks such as onEpochEnd, got ${String(callback)}`);
      }
      // A tf.Callback refuses any model but a LayersModel in its setModel, yet uses nothing of it but this flag.
      if ('setModel' in callback) (callback as { model?: unknown }).model = host;
      callback.setParams?.(params);
    }
    this.#callbacks = list as TrainerCallback[];
  }

  /** Whether anybody listens: a hook that nobody has costs nothing. */
  has(hook: HookName): boolean {
    return this.#callbacks.some(callback => typeof callback[hook] === 'function');
  }

  async call(hook: HookName, ...args: [number, Logs?] | [Logs?]): Promise<void> {
    for (const callback of this.#callbacks) {
      const f = callback[hook] as ((...a: unknown[]) => unknown) | undefined;
      if (typeof f === 'function') await f.apply(callback, args);
    }
  }
}

/** What is known of a run before it starts. */
export function paramsOf(source: Source, epochs: number, batchSize: number): CallbackParams {
  if (source.kind === 'stream') return { epochs };
  return { epochs, batchSize, samples: source.size, steps: Math.ceil(source.size / batchSize) };
}
