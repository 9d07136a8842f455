import type { Source } from '../data/source';
import type { VaeModel } from '../models/model';
import { checkKeys } from '../ops/check-keys';
import type { Optimizer } from '../optimizers/optimizer';
import type { CallbackState, StatefulCallback } from './callback-state';
import type { Logs } from './history';
import type { Snapshot, SnapshotOptions } from './snapshot';

/** One hook of a callback; a promise that it returns is awaited. */
export type CallbackHook<A extends unknown[]> = (...args: A) => unknown;

/** Hooks in the shape of `LayersModel.fit`; those of `tfvis.show.fitCallbacks` and `tf.callbacks.earlyStopping` fit. */
export type TrainerCallback = {
  /** Whether only process 0 of a group calls it: for what writes or draws. Default false. */
  readonly firstProcessOnly?: boolean;
  /** Before the first step. */
  onTrainBegin?: CallbackHook<[logs?: Logs]>;
  /** After the last step. */
  onTrainEnd?: CallbackHook<[logs?: Logs]>;
  /** At the end of `fit` in any case, also where it failed: the place to give back what `onTrainBegin` took. */
  onTeardown?: CallbackHook<[]>;
  /** Before each epoch. */
  onEpochBegin?: CallbackHook<[epoch: number, logs?: Logs]>;
  /** After each epoch, with its means, `val_…` included. */
  onEpochEnd?: CallbackHook<[epoch: number, logs?: Logs]>;
  /** Before each step. */
  onBatchBegin?: CallbackHook<[batch: number, logs?: Logs]>;
  /** After each step, in the order of the batches, once the numbers of a batch have come back from the device. */
  onBatchEnd?: CallbackHook<[batch: number, logs?: Logs]>;
  /** Called before training, with what is known about the run. */
  setParams?: CallbackHook<[params: CallbackParams]>;
  /** Called before training, for a callback that acts on what it hears. */
  setTrainer?(trainer: TrainerHandle): void;
  /** Right after each step, on the device: nothing has been read back yet. Not awaited; a failure ends training soon after. */
  onStep?(): void;
  /** Before an evaluation on `validationData`. */
  onTestBegin?: CallbackHook<[]>;
  /** After that evaluation, also where it failed. */
  onTestEnd?: CallbackHook<[]>;
  /** Whether `onIdle` is wanted now, answered at once: after a step, after an epoch, or since training was stopped. */
  wantsIdle?(when: 'step' | 'epoch' | 'stop'): boolean;
  /** Between two steps, where `wantsIdle` said so: all numbers have come back, and all callbacks have heard of them. */
  onIdle?: CallbackHook<[]>;
} & CallbackState;

/** What a callback may do with the trainer. */
export type TrainerHandle = {
  /** What is trained. */
  readonly model: VaeModel;
  /** The optimizer that moves it. */
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

/** @throws When the trainer is not there yet. */
export function requireTrainer(owner: string, trainer: TrainerHandle | undefined): TrainerHandle {
  if (trainer) return trainer;
  throw new Error(`${owner}: no trainer yet; give it to trainer.fit as one of its callbacks`);
}

/** What a callback is told before training; a count that is not known is absent. */
export type CallbackParams = {
  /** The epoch before which training ends, as in `LayersModel.fit`: epochs are counted over all calls of `fit`. */
  epochs: number;
  /** The epoch with which this call of `fit` begins, from 0. */
  initialEpoch: number;
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

const HOOKS: readonly HookName[] = [
  ...(['onTrainBegin', 'onTrainEnd', 'onEpochBegin', 'onEpochEnd', 'onBatchBegin', 'onBatchEnd'] as const),
  ...(['onStep', 'onTestBegin', 'onTestEnd', 'onIdle', 'onTeardown'] as const),
];

const RENAMED = { onRest: 'onIdle, and wantsIdle for restDue' };

/** @throws When a callback is not an object, or has a hook that nobody calls. */
export function checkCallbacks(callbacks: Callbacks): void {
  for (const callback of [callbacks].flat(Infinity)) {
    if (typeof callback !== 'object' || callback === null) {
      throw new Error(`callbacks: expected objects with hooks such as onEpochEnd, got ${String(callback)}`);
    }
    // Other people's callbacks have keys of their own; one that begins like a hook is misspelt.
    const names = [...Object.keys(callback), ...Object.getOwnPropertyNames(Object.getPrototypeOf(callback) ?? {})];
    const hooks = names.filter(name => /^on(?!ce$)./.test(name)).map(name => [name, true]);
    checkKeys('callbacks', Object.fromEntries(hooks) as Record<HookName, true>, HOOKS, RENAMED);
  }
}

/** Several callbacks as one; each is awaited. */
export class CallbackList {
  readonly #callbacks: readonly TrainerCallback[];
  /** Work that hooks have left unfinished, and its failures. */
  readonly #open = new Set<Promise<unknown>>();
  readonly #failures: unknown[] = [];

  /**
   * @param callbacks One or several, in lists of lists too; `checkCallbacks` has looked at them.
   * @param rank Which process of a group this is.
   */
  constructor(callbacks: Callbacks = [], rank = 0) {
    const all = [callbacks].flat(Infinity) as TrainerCallback[];
    this.#callbacks = all.filter(callback => rank === 0 || !callback.firstProcessOnly);
  }

  /**
   * Before training.
   *
   * @param host What tfjs's own callbacks know as their model: they set its `stopTraining`.
   */
  async begin(host: TrainerHandle, params: CallbackParams): Promise<void> {
    for (const callback of this.#callbacks) {
      // A tf.Callback refuses any model but a LayersModel in its setModel, yet uses nothing of it but this flag.
      if ('setModel' in callback) (callback as { model?: unknown }).model = host;
      await callback.setTrainer?.(host);
      await callback.setParams?.(params);
    }
  }

  /** Those that have something to save. */
  withState(): StatefulCallback[] {
    return this.#callbacks.filter((c): c is TrainerCallback & StatefulCallback => Boolean(c.name && c.loadState));
  }

  /** `onStep` of each, not awaited. */
  step(): void {
    for (const callback of this.#callbacks) {
      const result: unknown = callback.onStep?.();
      if (!(result instanceof Promise)) continue;
      const done = result.catch(error => this.#failures.push(error)).finally(() => this.#open.delete(done));
      this.#open.add(done);
    }
  }

  /** Those that want `onIdle` now. */
  wantingIdle(when: 'step' | 'epoch' | 'stop'): TrainerCallback[] {
    return this.#callbacks.filter(callback => {
      const answer: unknown = callback.wantsIdle?.(when);
      if (!(answer instanceof Promise)) return answer;
      answer.catch(() => {}); // The error below stands for it.
      throw new Error('callbacks: wantsIdle must answer at once, got a promise');
    });
  }

  /** Whether anybody listens: a hook that nobody has costs nothing. */
  has(hook: HookName): boolean {
    return this.#callbacks.some(callback => typeof callback[hook] === 'function');
  }

  /** One hook of each, awaited. @throws The first failure, once all have been called. */
  async call(hook: HookName, ...args: [number, Logs?] | [Logs?]): Promise<void> {
    if (hook === 'onTrainEnd') await Promise.all(this.#open);
    const failures = this.#failures.splice(0);
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
export function paramsOf(source: Source, initialEpoch: number, end: number, batchSize: number): CallbackParams {
  const epochs = { initialEpoch, epochs: Math.max(initialEpoch, end) };
  if (source.kind === 'stream') return epochs;
  return { ...epochs, batchSize, samples: source.size, steps: Math.ceil(source.size / batchSize) };
}
