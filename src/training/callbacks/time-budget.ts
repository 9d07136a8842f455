import { checkKeys } from '../../ops/check-keys';
import { savedNumbers } from '../callback-state';
import { requireTrainer, type TrainerCallback, type TrainerHandle } from '../callbacks';

/** What `timeBudget` takes. */
export type TimeBudgetOptions = {
  /** How long to train, evaluations and pictures included. */
  seconds: number;
  /** The name by which a checkpoint finds its state again. Default `'timeBudget'`. */
  name?: string;
};

/**
 * Ends training after the step in which the time is used up, as an abort would: `fit` returns the history so far.
 *
 * Time runs from the beginning of `fit`, once the data are open, to its end. A later `fit` has what is left, or the
 * whole time again if this callback ended the run before. A checkpoint holds the seconds that are used, so a resumed
 * run has the rest. Only the clock decides, so two runs of one seed end at different steps.
 *
 * @throws When `seconds` is not a positive number.
 * @example
 * ```ts
 * await trainer.fit(xTrain, { epochs: 1000, callbacks: timeBudget({ seconds: 3600 }) });
 * ```
 */
export function timeBudget(options: TimeBudgetOptions): TrainerCallback {
  checkKeys('timeBudget', options, ['seconds', 'name'], {}, ['seconds']);
  const { seconds, name = 'timeBudget' } = options;
  if (!(seconds > 0 && seconds < Infinity)) {
    throw new Error(`timeBudget: seconds must be a positive number, got ${seconds}`);
  }
  let trainer: TrainerHandle | undefined;
  let used = 0;
  /** When the clock was last read; undefined while it is stopped. */
  let lastSeen: number | undefined;
  let isSpent = false;
  const tick = () => {
    const now = performance.now();
    if (lastSeen !== undefined) used += (now - lastSeen) / 1000;
    lastSeen = now;
  };
  const check = (end: (handle: TrainerHandle) => void) => {
    tick();
    if (used < seconds) return;
    isSpent = true;
    end(requireTrainer('timeBudget', trainer));
  };

  return {
    name,
    setTrainer(handle) {
      trainer = handle;
      // A run that failed did not say so; the time since then is not its.
      lastSeen = undefined;
    },
    onTrainBegin() {
      if (isSpent) used = 0;
      isSpent = false;
      tick();
    },
    onStep: () => check(handle => handle.stop()),
    // The evaluation may have used it up; there need be no other step to notice.
    onEpochEnd: () =>
      check(handle => {
        handle.stopTraining = true;
      }),
    onTrainEnd() {
      tick();
      lastSeen = undefined;
    },
    state() {
      if (lastSeen !== undefined) tick();
      return { seconds: used };
    },
    loadState(state) {
      used = savedNumbers('timeBudget', state, ['seconds']).seconds ?? 0;
      isSpent = false;
    },
  };
}
