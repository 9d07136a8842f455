import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import { cosineSchedule } from '../../src/schedules/cosine';
import { linearSchedule } from '../../src/schedules/linear';
import { warmupSchedule } from '../../src/schedules/warmup';

describe('warmupSchedule', () => {
  test('rises in equal parts, the first step not at 0, and stays', () => {
    const schedule = warmupSchedule({ steps: 4, to: 8 });
    expect([0, 1, 2, 3, 4, 5, 1e6].map(schedule)).toEqual([2, 4, 6, 8, 8, 8, 8]);
  });

  test('what comes after it counts from its end', () => {
    const to = linearSchedule({ from: 1, to: 0, steps: 4 });
    const schedule = warmupSchedule({ steps: 2, to });
    expect([0, 1, 2, 3, 4, 5, 6, 7].map(schedule)).toEqual([0.5, 1, 1, 0.75, 0.5, 0.25, 0, 0]);
  });

  property.prop([fc.integer({ min: 1, max: 1000 }), fc.double({ min: 1e-6, max: 10, noNaN: true })])(
    'never falls, never exceeds where it leads, and is exact at its end',
    (steps, rate) => {
      const schedule = warmupSchedule({ steps, to: rate });
      const rates = Array.from({ length: steps + 2 }, (_, step) => schedule(step));
      expect(rates).toEqual([...rates].sort((a, b) => a - b));
      expect(rates.at(-1)).toBe(rate);
      expect(rates[0]).toBeGreaterThan(0);
      expect(schedule(steps - 1)).toBe(rate);
    },
  );

  test('0 steps are no warm-up', () => {
    const to = cosineSchedule({ from: 1, to: 0, steps: 10 });
    const schedule = warmupSchedule({ steps: 0, to });
    for (const step of [0, 1, 5, 10]) expect(schedule(step)).toBe(to(step));
  });

  test('refuses bad steps and bad values', () => {
    expect(() => warmupSchedule({ steps: -1, to: 1 })).toThrow(
      'warmupSchedule: steps must be a number of optimizer steps, 0 or more, got -1',
    );
    expect(() => warmupSchedule({ steps: 1, to: Number.NaN })).toThrow(
      'warmupSchedule: to must be a finite number, got NaN',
    );
    expect(() => warmupSchedule({ steps: 1, to: undefined as unknown as number })).toThrow(
      'warmupSchedule: to must be a number or a schedule, got undefined',
    );
  });
});
