import type * as tf from '@tensorflow/tfjs';
import type { Source } from '../data/source';
import type { VaeModel, Variables } from '../models/model';
import type { Optimizer } from '../optimizers/optimizer';
import type { Logs } from './history';
import type { Snapshot, SnapshotOptions } from './snapshot';

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
  /** Called once before training, for a callback that acts on what it hears. */
  setTrainer?(trainer: TrainerHandle): void;
  /** Right after each step, on the device: nothing has been read back yet, and nothing is awaited. */
  onStep?(): void;
  /** Before an evaluation on `validationData`. */
  onTestBegin?: CallbackHook<[]>;
  /** After it, also where it failed. */
  onTestEnd?: CallbackHook<[]>;
  /** Whether `onRest` is wanted now: after a step, after an epoch, or since training was stopped within one. */
  restDue?(when: 'step' | 'epoch' | 'stop'): boolean;
  /** Between two steps, where `restDue` said so: all numbers have come back, and all callbacks have heard of them. */
  onRest?: CallbackHook<[]>;
} & CallbackState;

/** What a checkpoint holds of a callback, so that a resumed run goes on exactly. */
export type CallbackState = {
  /** By which its state is found again; two callbacks with state need two names. */
  readonly name?: string;
  /** Plain data, fit for JSON. */
  state?(): Json;
  /** Tensors among its state; they stay the callback's. */
  variables?(): Variables;
  /** Goes on from what `state()` and `variables()` of an earlier run held; the tensors stay the caller's. */
  loadState?(state: Json, tensors: tf.NamedTensorMap): void;
};

/** Plain data. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** What a callback may do with the trainer. */
export type TrainerHandle = {
  /** What is trained. */
  readonly model: VaeModel;
  /** What moves it. */
  readonly optimizer: Optimizer;
  /** Completed optimizer steps. */
  readonly steps: number;
  /** Set to true to end training after the current epoch. */
  stopTraining: boolean;
  /** Ends training after the current step, as an abort signal would. */
  stop(): void;
  /** Everything that a checkpoint must hold; not while a step is on its way. */
  snapshot(options?: SnapshotOptions): Promise<Snapshot>;
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

type HookName = Extract<keyof TrainerCallback, `on${string}`>;

/** Several callbacks as one; each is awaited. */
export class CallbackList {
  readonly #callbacks: readonly TrainerCallback[];

  /**
   * @param callbacks One or several.
   * @param host What tfjs's own callbacks know as their model: they set its `stopTraining`.
   */
  constructor(callbacks: Callbacks | undefined, host: TrainerHandle, params: CallbackParams) {
    const list = callbacks === undefined ? [] : Array.isArray(callbacks) ? callbacks : [callbacks];
    for (const callback of list) {
      if (typeof callback !== 'object' || callback === null) {
        throw new Error(`callbacks: expected objects with hooks such as onEpochEnd, got ${String(callback)}`);
      }
      // A tf.Callback refuses any model but a LayersModel in its setModel, yet uses nothing of it but this flag.
      if ('setModel' in callback) (callback as { model?: unknown }).model = host;
      callback.setTrainer?.(host);
      callback.setParams?.(params);
    }
    this.#callbacks = list as TrainerCallback[];
  }

  /** Those that have something to save. */
  withState(): (TrainerCallback & { name: string })[] {
    return this.#callbacks.filter((c): c is TrainerCallback & { name: string } => Boolean(c.name && c.loadState));
  }

  step(): void {
    for (const callback of this.#callbacks) callback.onStep?.();
  }

  due(when: 'step' | 'epoch' | 'stop'): TrainerCallback[] {
    return this.#callbacks.filter(callback => callback.restDue?.(when));
  }

  /** Whether anybody listens: a hook that nobody has costs nothing. */
  has(hook: HookName): boolean {
    return this.#callbacks.some(callback => typeof callback[hook] === 'function');
  }

  async call(hook: HookName, ...args: [number, Logs?] | [Logs?]): Promise<void> {
    const failures: unknown[] = [];
    for (const callback of this.#callbacks) {
      const f = callback[hook] as ((...a: unknown[]) => unknown) | undefined;
      try {
        if (typeof f === 'function') await f.apply(callback, args);
      } catch (error) {
        failures.push(error); // Others may have to put something back.
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}

/** What is known of a run before it starts. */
export function paramsOf(source: Source, epochs: number, batchSize: number): CallbackParams {
  if (source.kind === 'stream') return { epochs };
  return { epochs, batchSize, samples: source.size, steps: Math.ceil(source.size / batchSize) };
}
