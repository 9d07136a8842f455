import type { Context } from '../models/model';
import { Rng } from '../random/rng';
import type { History } from './history';

/** Where training stands, as plain data: a checkpoint holds it as it is. */
export type Progress = {
  /** The id of the run, drawn when it is first saved. */
  run?: string | undefined;
  /** Completed optimizer steps. */
  steps: number;
  /** The epoch that is under way, from 0. */
  epoch: number;
  /** Its batches that are done. */
  batch: number;
  /** The sums over those batches, `[Σ wᵢvᵢ, Σ wᵢ]` by key of the logs. */
  sums: Record<string, [total: number, weight: number]>;
  /** How many of those batches were skipped because something was not finite. */
  skipped: number;
  /** Number of examples in that epoch: if the size of the data or of a batch changes, the epoch starts anew. */
  size?: number | undefined;
  /** Examples in a batch; see `size`. */
  batchSize?: number;
  /** Size of the data of the last `fit`. */
  datasetSize?: number | undefined;
  /** The epochs that are done. */
  history: History;
};

export function newProgress(seed: number): Progress {
  return {
    steps: 0,
    epoch: 0,
    batch: 0,
    sums: {},
    skipped: 0,
    history: { epoch: [], history: { loss: [], reconstruction: [] }, seed },
  };
}

/** The id of a new run: 64 random bits, which have nothing to do with its seed. */
export function newRunId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('');
}

export function startEpoch(progress: Progress, epoch: number): void {
  Object.assign(progress, { epoch, batch: 0, sums: {}, skipped: 0 });
}

/**
 * What a model is told about a pass.
 *
 * @param fallback Size of the data at hand, where nothing has been trained on yet.
 */
export function contextOf(progress: Progress, rng: Rng, training: boolean, fallback?: number): Context {
  const size = progress.datasetSize ?? fallback;
  return { step: progress.steps, rng, training, ...(size !== undefined && { datasetSize: size }) };
}

/** Noise and all of a training step: a function of the seed and its number. */
export function stepContext(progress: Progress, step: number): Context {
  return { ...contextOf(progress, new Rng(progress.history.seed).fork('train').fork(step), true), step };
}
