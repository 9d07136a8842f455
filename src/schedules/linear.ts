import { checkKeys } from '../ops/check-keys';
import { checkFinite, checkSteps, mix, named, progress, type Schedule } from './schedule';

/** From one value to another within a number of optimizer steps. */
export type RampOptions = {
  /** Value at step 0. */
  from: number;
  /** Value at step `steps` and after it, exactly. */
  to: number;
  /** Completed optimizer steps until `to` is reached; 0 means `to` from the start. */
  steps: number;
};

/**
 * A straight line: `from + (to − from) · step / steps`, then `to`.
 *
 * KL annealing of Bowman et al. 2016 (arXiv 1511.06349, section 3.1) in its linear form.
 *
 * @throws When a value is not finite or `steps` is negative.
 * @example
 * ```ts
 * elboObjective({ beta: linearSchedule({ from: 0, to: 1, steps: 5000 }) });
 * ```
 */
export function linearSchedule(options: RampOptions): Schedule {
  const { from, to, steps } = checkRamp('linearSchedule', options);
  return named('linear', options, step => mix(from, to, progress(step, steps)));
}

export function checkRamp<T extends RampOptions>(
  owner: string,
  options: T,
  more: readonly (keyof T & string)[] = [],
): T {
  checkKeys(owner, options, ['from', 'to', 'steps', ...more], {}, ['from', 'to', 'steps']);
  checkFinite(owner, { from: options.from, to: options.to });
  checkSteps(owner, 'steps', options.steps);
  return options;
}
