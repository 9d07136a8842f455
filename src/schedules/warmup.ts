import { checkKeys } from '../ops/check-keys';
import { checkFinite, checkSteps, named, type Schedule, scheduled } from './schedule';

/** What `warmupSchedule` takes. */
export type WarmupScheduleOptions = {
  /** Length of the warm-up in optimizer steps; 0 means none. */
  steps: number;
  /** What comes after it: a number, or a schedule that begins with its own step 0. */
  to: number | Schedule;
};

/**
 * A linear rise to where another schedule begins, and then that schedule:
 * `to(0) · (step + 1) / steps` while `step < steps`, `to(step − steps)` from there on.
 *
 * The first step is not lost to a rate of 0, and the last one of the warm-up has the full `to(0)`. `to` counts from
 * the end of the warm-up, so its own length is not shortened by it. The warm-up of learning rates is that of Goyal et
 * al. 2017 (arXiv 1706.02677, section 2.2).
 *
 * @throws When `steps` is negative or `to` is a number that is not finite.
 * @example
 * ```ts
 * const decay = cosineSchedule({ from: 1e-3, to: 1e-5, steps: 20_000 });
 * new VaeTrainer({ model, learningRate: warmupSchedule({ steps: 500, to: decay }), seed: 7 });
 * ```
 */
export function warmupSchedule(options: WarmupScheduleOptions): Schedule {
  checkKeys('warmupSchedule', options, ['steps', 'to'], {}, ['steps']);
  const { steps, to } = options;
  checkSteps('warmupSchedule', 'steps', steps);
  if (typeof to === 'number') checkFinite('warmupSchedule', { to });
  else if (typeof to !== 'function') {
    throw new Error(`warmupSchedule: to must be a number or a schedule, got ${String(to)}`);
  }
  return named('warmup', options, step => {
    if (step >= steps) return scheduled(to, step - steps);
    const full = scheduled(to, 0);
    // Not above the full value where `steps` is not a whole number.
    const share = Math.min(1, (Math.max(0, step) + 1) / steps);
    return share === 1 ? full : full * share;
  });
}
