import type { Context } from '../models/model';
import { Rng } from '../random/rng';
import { addToSums, type History, type Logs, recordEpoch } from './history';
import type { Reading } from './read-terms';

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
  /** How blocks of the data were mixed, where they were; see `size`. */
  mixing?: string | undefined;
  /** Size of the data of the last `fit`. */
  datasetSize?: number | undefined;
  /** The epochs that are done. */
  history: History;
};

// The functions below are the only ones that write to the progress of a trainer.

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

/** Gives the run its id, 64 random bits, which have nothing to do with its seed. */
export function nameRun(progress: Progress): void {
  progress.run ??= Array.from(crypto.getRandomValues(new Uint8Array(8)), byte =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
}

/** Goes on where a saved run stood. */
export function restoreProgress(progress: Progress, saved: Progress): void {
  Object.assign(progress, structuredClone(saved), { run: runIdOf(saved) });
}

/** The id of a saved run. Earlier releases wrote none: their runs can only be told apart by the seed. */
export function runIdOf({ run, history }: Progress): string {
  return run ?? `of seed ${history.seed}`;
}

/** All processes of a group draw as the first one does. */
export function takeSeed(progress: Progress, seed: number): void {
  progress.history.seed = seed;
}

export function startFit(progress: Progress, datasetSize: number | undefined): void {
  progress.datasetSize = datasetSize;
}

/** Goes on with an epoch that was interrupted, if its batches are still the same ones; else it starts anew. */
export function continueEpoch(
  progress: Progress,
  size: number | undefined,
  batchSize: number,
  mixing?: string | undefined,
): void {
  const isSame = size !== undefined && progress.size === size && progress.batchSize === batchSize;
  if (!isSame || progress.mixing !== mixing) startEpoch(progress, progress.epoch);
  Object.assign(progress, { size, batchSize, mixing });
}

export function startEpoch(progress: Progress, epoch: number): void {
  Object.assign(progress, { epoch, batch: 0, sums: {}, skipped: 0 });
}

/** A step was made, or was not made because something was not finite. */
export function countStep(progress: Progress): void {
  progress.steps++;
}

/** All batches up to this one have had their step; their numbers may still be on their way. */
export function countBatch(progress: Progress, index: number): void {
  progress.batch = index + 1;
}

/** The numbers of a batch have come back. */
export function addReading(progress: Progress, { finite, logs, weight }: Reading): void {
  // A metric alone does not stop a step: the batch is not skipped, and the mean shows what is not finite.
  if (finite) progress.sums = addToSums(progress.sums, logs, weight);
  else progress.skipped++;
}

/** Puts the epoch on record; the next one begins. */
export function finishEpoch(progress: Progress, logs: Logs): void {
  recordEpoch(progress.history, progress.epoch, logs);
  startEpoch(progress, progress.epoch + 1);
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

/**
 * Noise and all of a training step: a function of the seed and its number.
 *
 * @param rows The places of the examples in their batch, where noise is to be theirs.
 */
export function stepContext(progress: Progress, step: number, rows?: Uint32Array): Context {
  const rng = new Rng(progress.history.seed).fork('train').fork(step);
  return { ...contextOf(progress, rows ? rng.forRows(rows) : rng, true), step };
}
