import type * as tf from '@tensorflow/tfjs';
import type { Logs } from './history';

type Hook<A extends unknown[]> = (...args: A) => unknown;

/** Hooks in the shape of `LayersModel.fit`; those of `tfvis.show.fitCallbacks` and `tf.callbacks.earlyStopping` fit. */
export type TrainerCallback = {
  onTrainBegin?: Hook<[logs?: Logs]>;
  onTrainEnd?: Hook<[logs?: Logs]>;
  onEpochBegin?: Hook<[epoch: number, logs?: Logs]>;
  /** With the means of the epoch, `val_…` included. */
  onEpochEnd?: Hook<[epoch: number, logs?: Logs]>;
  onBatchBegin?: Hook<[batch: number, logs?: Logs]>;
  /** In the order of the batches, once their numbers have come back from the device. */
  onBatchEnd?: Hook<[batch: number, logs?: Logs]>;
  /** Called once before training, with what is known of it. */
  setParams?: Hook<[params: CallbackParams]>;
};

/** What a callback is told before training; a count that is not known is absent. */
export type CallbackParams = { epochs: number; steps?: number; samples?: number; batchSize?: number };

/** One callback or several, ours or tfjs's. */
export type Callbacks = TrainerCallback | tf.CustomCallbackArgs | tf.Callback | readonly (TrainerCallback | tf.CustomCallbackArgs | tf.Callback)[];

type HookName = Exclude<keyof TrainerCallback, 'setParams'>;

/** Several callbacks as one; each is awaited. */
export class CallbackList {
  private readonly callbacks: readonly TrainerCallback[];

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
    this.callbacks = list as TrainerCallback[];
  }

  /** Whether anybody listens: a hook that nobody has costs nothing. */
  has(hook: HookName): boolean {
    return this.callbacks.some(callback => typeof callback[hook] === 'function');
  }

  async call(hook: HookName, ...args: [number, Logs?] | [Logs?]): Promise<void> {
    for (const callback of this.callbacks) {
      const f = callback[hook] as ((...a: unknown[]) => unknown) | undefined;
      if (typeof f === 'function') await f.apply(callback, args);
    }
  }
}
