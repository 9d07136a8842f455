import type { BatchOptions } from '../data/batches';
import type { Pacer } from '../data/pacer';
import type { ReadQueue } from '../data/read-queue';
import type { OpenData } from '../models/open-data';
import type { CallbackList, TrainerHandle } from './callbacks';
import type { EpochOrder } from './epoch-order';
import type { Sums } from './history';
import type { TrainerState } from './trainer-state';

/** What the epochs of one `fit` share. */
export type Run = {
  readonly trainer: TrainerHandle;
  readonly state: TrainerState;
  readonly data: OpenData;
  /** What is evaluated after each epoch. */
  readonly validation: OpenData | undefined;
  readonly batchSize: number;
  readonly callbacks: CallbackList;
  readonly pacer: Pacer;
  readonly order: EpochOrder;
  /** Whether a batch whose step is not finite is passed over. */
  readonly skips: boolean;
  /** Aborted when training is to end after the current step, by the caller's signal or by `stop`. */
  readonly signal: AbortSignal;
  /** Where several processes train: what they do together. */
  readonly together?: Together | undefined;
};

/** What a group of processes does in place of one; every process calls the same, in the same order. */
export type Together = {
  /** Makes the same start of all processes: weights, settings. @throws In all of them, where one cannot go on. */
  begin(run: Run, end: number): Promise<void>;
  /** The steps of an epoch. */
  steps(run: Run, queue: ReadQueue, options: BatchOptions): Promise<void>;
  /** Which rows of a batch are those of this process. */
  share(rows: Uint32Array): Uint32Array;
  /** What all processes have summed. */
  merge(sums: Sums): Promise<Sums>;
  /** Whether training was stopped in one of them; then it is in all. */
  isStopped(run: Run): Promise<boolean>;
  /** Compares the weights, and spreads `stopTraining`. */
  endEpoch(run: Run): Promise<void>;
  /** Whether another epoch is wanted: no process has set `stopTraining`. */
  goesOn(run: Run): Promise<boolean>;
  /** Leaves the group to others. */
  end(): void;
};

/** Whether training is to end now. */
export async function isStopped(run: Run): Promise<boolean> {
  return run.together ? run.together.isStopped(run) : run.signal.aborted;
}

/** Lets callbacks look at a trainer of which all numbers are known. */
export async function callIdle(run: Run, queue: ReadQueue, when: 'step' | 'epoch' | 'stop'): Promise<void> {
  const { state, callbacks } = run;
  const wanting = callbacks.wantingIdle(when);
  if (wanting.length > 0) await queue.drain();
  state.activity = 'idle';
  for (const callback of wanting) await callback.onIdle?.();
  state.activity = 'stepping';
}
