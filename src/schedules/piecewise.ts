import { checkKeys } from '../ops/check-keys';
import { checkFinite, checkSteps, mix, named, progress, type Schedule } from './schedule';

/** What `piecewiseSchedule` takes. */
export type PiecewiseScheduleOptions = {
  /** `[step, value]` pairs in the order of their steps; the first value also holds before its step. */
  points: readonly (readonly [step: number, value: number])[];
  /** `'linear'` draws a line between the points, `'hold'` jumps at each point. Default `'linear'`. */
  interpolation?: 'linear' | 'hold';
};

/**
 * A value through given points: straight lines between them, or steps.
 *
 * @param options The points, and what is between them.
 * @throws When there is no point, a value is not finite, or the steps do not rise.
 * @example
 * ```ts
 * const beta = piecewiseSchedule({ points: [[0, 0], [1000, 0], [5000, 1]] }); // wait, then rise
 * ```
 */
export function piecewiseSchedule(options: PiecewiseScheduleOptions): Schedule {
  checkKeys('piecewiseSchedule', options, ['points', 'interpolation'], {}, ['points']);
  const { points, interpolation = 'linear' } = options;
  if (points.length === 0) throw new Error('piecewiseSchedule: points must hold at least one [step, value] pair');
  points.forEach(([step, value], i) => {
    checkSteps('piecewiseSchedule', `the step of point ${i}`, step);
    checkFinite('piecewiseSchedule', { [`the value of point ${i}`]: value });
    if (i > 0 && step <= points[i - 1]![0]) {
      throw new Error(`piecewiseSchedule: steps must rise, got ${points[i - 1]![0]} before ${step}`);
    }
  });
  return named('piecewise', options, step => {
    const next = points.findIndex(([at]) => at > step);
    if (next === 0) return points[0]![1];
    const [start, value] = points[next === -1 ? points.length - 1 : next - 1]!;
    if (next === -1 || interpolation === 'hold') return value;
    const [end, target] = points[next]!;
    return mix(value, target, progress(step - start, end - start));
  });
}
