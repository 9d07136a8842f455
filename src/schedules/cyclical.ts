import { checkKeys } from '../ops/check-keys';
import { checkRamp, type RampOptions } from './linear';
import { mix, named, progress, type Schedule } from './schedule';

/** What `cyclicalSchedule` takes. */
export type CyclicalScheduleOptions = Omit<RampOptions, 'steps'> & {
  /** Steps of one cycle, at least 1. */
  period: number;
  /** Share of the period in which the value rises, in (0, 1]; it stays at `to` for the rest. Default 0.5. */
  ramp?: number;
  /** Number of cycles, after which the value stays at `to`. Without it the cycles go on for ever. */
  cycles?: number;
};

/**
 * A linear ramp again and again, each cycle starting anew from `from`.
 *
 * Cyclical annealing of Fu et al. 2019 (arXiv 1903.10145, equation 6): R is `ramp`, M is `cycles`.
 *
 * @throws When a value is not finite, or `period`, `ramp` or `cycles` is out of range.
 * @example
 * ```ts
 * elboObjective({ beta: cyclicalSchedule({ from: 0, to: 1, period: 2000, cycles: 4 }) });
 * ```
 */
export function cyclicalSchedule(options: CyclicalScheduleOptions): Schedule {
  checkKeys('cyclicalSchedule', options, ['from', 'to', 'period', 'ramp', 'cycles'], { steps: 'period' });
  const { from, to, period, ramp = 0.5, cycles = Infinity } = options;
  checkRamp('cyclicalSchedule', { from, to, steps: 0 });
  if (!(Number.isFinite(period) && period >= 1)) {
    throw new Error(`cyclicalSchedule: period must be a number of steps, 1 or more, got ${period}`);
  }
  if (!(ramp > 0 && ramp <= 1)) throw new Error(`cyclicalSchedule: ramp must be in (0, 1], got ${ramp}`);
  if (!(cycles > 0)) throw new Error(`cyclicalSchedule: cycles must be positive, got ${cycles}`);
  return named('cyclical', options, step => {
    if (step >= period * cycles) return to;
    return mix(from, to, progress(Math.max(step, 0) % period, ramp * period));
  });
}
