import { checkFinite, named, type Schedule } from './schedule';

/**
 * The same value at every step.
 *
 * @param value The value.
 * @throws When `value` is not finite.
 * @example
 * ```ts
 * elboObjective({ beta: constantSchedule(4) }); // the same as beta: 4
 * ```
 */
export function constantSchedule(value: number): Schedule {
  checkFinite('constantSchedule', { value });
  return named('constant', { value }, () => value);
}
