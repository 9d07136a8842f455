import type { TrainerCallback } from '../training/callbacks';

/** Milliseconds of work that may wait on the GPU: about a frame of the page, which has to wait for that work. */
const BUDGET = 16;

/** Milliseconds after which a step counts as failed; the trainer reports the failure. */
const PATIENCE = 1000;

/**
 * Keeps the queue of the GPU short, since the page draws on it as well: a step begins when what is on its way takes
 * less than a frame. Where steps are computed at once, on cpu and wasm, it has nothing to do.
 */
export function pageShare(): TrainerCallback {
  let onItsWay = 0;
  /** Milliseconds that recent steps took. */
  let stepTime = BUDGET;
  let last = 0;
  let hasFailed = false;
  let wake = () => {};

  /** Resolves when a step ends, or after a wait that says that it has failed. */
  async function oneEnds(): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    await new Promise<void>(resolve => {
      wake = resolve;
      timer = setTimeout(
        () => {
          hasFailed = true;
          resolve();
        },
        Math.max(PATIENCE, 4 * stepTime),
      );
    });
    clearTimeout(timer);
  }

  return {
    async onBatchBegin() {
      while (onItsWay > 0 && !hasFailed && (onItsWay + 1) * stepTime > BUDGET) await oneEnds();
      if (onItsWay === 0) last = performance.now();
    },
    onStep() {
      onItsWay++;
    },
    onBatchEnd() {
      onItsWay--;
      hasFailed = false;
      const now = performance.now();
      stepTime += 0.2 * (now - last - stepTime);
      last = now;
      wake();
    },
  };
}
