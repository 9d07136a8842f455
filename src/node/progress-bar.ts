import { checkKeys } from '../ops/check-keys';
import { importOptional } from './import-optional';
import { type EpochProgress, epochLabel, finishedText, runningText } from './progress-line';

/** What `progressBar` takes. */
export type ProgressBarOptions = {
  /**
   * Where it is drawn; `process.stderr` unless given. A stream that is not a terminal gets one plain line per epoch.
   */
  stream?: ProgressStream;
};

/** Where a bar can be drawn. */
export type ProgressStream = NodeJS.WritableStream & {
  /** Whether it is a terminal. */
  isTTY?: boolean;
};

/** How long training will be, as far as it is known. */
export type ProgressParams = {
  /** Epochs of the run. */
  epochs?: number | undefined;
  /** Steps in an epoch; null for a stream, whose length is not known. */
  steps?: number | null | undefined;
  /** Examples in a step. */
  batchSize?: number | undefined;
};

type Logs = Readonly<Record<string, unknown>>;

/** A callback in the shape that `VaeTrainer.fit` and `LayersModel.fit` take. */
export type ProgressBar = {
  /** Only the first process of a group draws. */
  readonly firstProcessOnly: true;
  /** Tells how long training will be. */
  setParams(params: ProgressParams): void;
  /** Starts anew. */
  onTrainBegin(logs?: Logs): Promise<void>;
  /** Draws an empty bar. */
  onEpochBegin(epoch: number, logs?: Logs): void;
  /** Moves the bar on. */
  onBatchEnd(batch: number, logs?: Logs): void;
  /** Leaves the line of the epoch behind. */
  onEpochEnd(epoch: number, logs?: Logs): void;
  /** Gives the terminal back. */
  onTrainEnd(logs?: Logs): void;
};

/**
 * A callback that shows training on a terminal: a bar for each epoch with the rate, the time left of the whole run,
 * and the running ELBO (or loss) in nats per example; needs the package `cli-progress`.
 *
 * The running value is the mean of what the batches of the epoch have reported so far. Lengths come through
 * `setParams`; a number of steps that it does not give is known from the second epoch on.
 *
 * @throws From `onTrainBegin`, when the stream is a terminal and cli-progress is missing.
 * @example
 * ```ts
 * await trainer.fit(x, { epochs: 10, batchSize: 128, callbacks: progressBar() });
 * ```
 */
export function progressBar(options: ProgressBarOptions = {}): ProgressBar {
  checkKeys('progressBar', options, ['stream']);
  const stream = options.stream ?? process.stderr;
  let params: ProgressParams = {};
  let bar: Bar | undefined;
  let progress = startEpoch(0, params, undefined);

  return {
    firstProcessOnly: true,
    setParams(given) {
      params = { ...params, ...given };
    },
    async onTrainBegin() {
      progress = startEpoch(0, params, undefined);
      if (stream.isTTY) bar = await createBar(stream);
    },
    onEpochBegin(epoch) {
      progress = startEpoch(epoch, params, progress);
      // With an endless number of steps the bar stays empty.
      bar?.start(progress.steps ?? Number.POSITIVE_INFINITY, 0, {
        label: epochLabel(progress),
        text: runningText(progress, performance.now()),
      });
    },
    onBatchEnd(_batch, logs = {}) {
      addBatch(progress, logs, params);
      bar?.update(progress.step, { text: runningText(progress, performance.now()) });
    },
    onEpochEnd(_epoch, logs = {}) {
      const text = finishedText(progress, logs, performance.now());
      if (!bar) stream.write(`${epochLabel(progress)}  ${text}\n`);
      bar?.setTotal(progress.step);
      bar?.update(progress.step, { text });
      bar?.stop();
      params = { ...params, steps: params.steps ?? progress.step };
    },
    onTrainEnd() {
      bar?.stop();
      bar = undefined;
    },
  };
}

function startEpoch(epoch: number, params: ProgressParams, before: EpochProgress | undefined): EpochProgress {
  const now = performance.now();
  return {
    epoch,
    epochs: params.epochs,
    step: 0,
    steps: params.steps ?? undefined,
    examples: 0,
    startedAt: now,
    run: before?.run ?? { startedAt: now, steps: 0 },
    running: new Map(),
  };
}

function addBatch(progress: EpochProgress, logs: Logs, { batchSize }: ProgressParams): void {
  progress.step++;
  progress.run.steps++;
  const size = typeof logs['size'] === 'number' ? logs['size'] : batchSize;
  if (size !== undefined) progress.examples += size;
  for (const key of ['elbo', 'loss']) {
    const value = logs[key];
    if (typeof value !== 'number') continue;
    const { sum, weight } = progress.running.get(key) ?? { sum: 0, weight: 0 };
    progress.running.set(key, { sum: sum + value * (size ?? 1), weight: weight + (size ?? 1) });
  }
}

type Bar = Pick<import('cli-progress').SingleBar, 'start' | 'update' | 'setTotal' | 'stop'>;

async function createBar(stream: NodeJS.WritableStream): Promise<Bar> {
  const { SingleBar } = await importOptional('progressBar', 'cli-progress', () => import('cli-progress'));
  class QuietBar extends SingleBar {
    override render(): void {
      super.render();
      // Its timer would keep the process alive after an error in training, which need not call onTrainEnd.
      (this as unknown as { timer: NodeJS.Timeout | null }).timer?.unref();
    }
  }
  return new QuietBar({
    stream,
    // false would switch the terminal's own wrapping off, and leave it off after Ctrl-C.
    linewrap: true,
    // Short, so that the line fits into 80 columns.
    barsize: 12,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    format: '{label} {bar} {text}',
  });
}
