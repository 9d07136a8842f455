import type { TrainerCallback, TrainerHandle } from '../training/callbacks';
import type { Logs } from '../training/history';
import type { TrainingLogs } from './messages';

/** Milliseconds between two messages: more of them than eyes can follow would only slow the page down. */
const INTERVAL = 50;

/** A callback that sends logs as they come. */
export type ThrottledLogs = TrainerCallback & {
  /** Sends what waits, now. */
  flush(): void;
};

/** Sends at most one message in 50 ms, with the newest batch and all epochs since the last message. */
export function throttledLogs(send: (logs: TrainingLogs[]) => void): ThrottledLogs {
  let trainer: TrainerHandle | undefined;
  let waiting: TrainingLogs[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let sent = -Infinity;
  let epoch = 0;
  /** Completed steps before the first batch of the epoch that was heard of, and its index. */
  let start = { steps: 0, batch: -1 };

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    if (waiting.length === 0) return;
    send(waiting);
    waiting = [];
    sent = performance.now();
  }

  function add(entry: TrainingLogs): void {
    if (waiting.at(-1)?.of === 'batch') waiting.pop();
    waiting.push(entry);
    const left = sent + INTERVAL - performance.now();
    if (left <= 0) flush();
    else timer ??= setTimeout(flush, left);
  }

  return {
    flush,
    setTrainer(handle) {
      trainer = handle;
    },
    onEpochBegin(index: number) {
      epoch = index;
      start = { steps: trainer!.steps, batch: -1 };
    },
    onBatchEnd(batch: number, logs: Logs = {}) {
      // Numbers come back later than their step, so the trainer's own count is ahead.
      if (start.batch < 0) start.batch = batch;
      add({ of: 'batch', epoch, steps: start.steps + batch - start.batch + 1, logs });
    },
    onEpochEnd(index: number, logs: Logs = {}) {
      add({ of: 'epoch', epoch: index, steps: trainer!.steps, logs });
    },
  };
}
