import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import { constantSchedule } from '../../src/schedules/constant';
import { cosineSchedule } from '../../src/schedules/cosine';
import { cyclicalSchedule } from '../../src/schedules/cyclical';
import { linearSchedule, type RampOptions } from '../../src/schedules/linear';
import { piecewiseSchedule } from '../../src/schedules/piecewise';
import { mix, progress, type Schedule, scheduled } from '../../src/schedules/schedule';
import { sigmoidSchedule } from '../../src/schedules/sigmoid';

const finite = fc.double({ min: -1e6, max: 1e6, noNaN: true });
const steps = fc.integer({ min: 1, max: 100_000 });

const ramps: [string, (options: RampOptions) => Schedule][] = [
  ['linearSchedule', linearSchedule],
  ['cosineSchedule', cosineSchedule],
  ['sigmoidSchedule', sigmoidSchedule],
];

describe.each(ramps)('%s', (name, make) => {
  property.prop([finite, finite, steps])('is exact at both ends, before and beyond them', (from, to, n) => {
    const schedule = make({ from, to, steps: n });
    for (const step of [0, -1]) expect(schedule(step)).toBe(from);
    for (const step of [n, n + 1, n * 10, Infinity]) expect(schedule(step)).toBe(to);
  });

  property.prop([
    finite,
    finite,
    steps,
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.double({ min: 0, max: 1, noNaN: true }),
  ])('never turns back and never leaves the range', (from, to, n, a, b) => {
    const schedule = make({ from, to, steps: n });
    const [early, late] = [schedule(Math.min(a, b) * n), schedule(Math.max(a, b) * n)];
    const rounding = 1e-15 * Math.max(Math.abs(from), Math.abs(to));
    expect((late - early) * Math.sign(to - from)).toBeGreaterThanOrEqual(-rounding);
    expect(early).toBeGreaterThanOrEqual(Math.min(from, to) - rounding);
    expect(late).toBeLessThanOrEqual(Math.max(from, to) + rounding);
  });

  test('0 steps means the end at once', () => {
    expect(make({ from: 3, to: 0.1, steps: 0 })(0)).toBe(0.1);
  });

  test('is half way in the middle, and symmetric about it', () => {
    const schedule = make({ from: -1, to: 3, steps: 10 });
    expect(schedule(5)).toBeCloseTo(1, 12);
    for (const step of [1, 2, 3, 4]) expect(schedule(step) + schedule(10 - step)).toBeCloseTo(2, 12);
  });

  test('refuses values that are not finite and steps below 0, by name', () => {
    expect(() => make({ from: Number.NaN, to: 1, steps: 1 })).toThrow(`${name}: from must be a finite number, got NaN`);
    expect(() => make({ from: 0, to: Infinity, steps: 1 })).toThrow(
      `${name}: to must be a finite number, got Infinity`,
    );
    for (const bad of [-1, Number.NaN, Infinity]) {
      expect(() => make({ from: 0, to: 1, steps: bad })).toThrow(
        `${name}: steps must be a number of optimizer steps, 0 or more, got ${bad}`,
      );
    }
  });
});

describe('the curves between the ends', () => {
  test('linear: from + (to − from)·step/steps', () => {
    const schedule = linearSchedule({ from: 2, to: 4, steps: 8 });
    expect([0, 1, 2, 4, 7, 8].map(schedule)).toEqual([2, 2.25, 2.5, 3, 3.75, 4]);
  });

  test('cosine: quarters at (2 ∓ √2)/4, flat at the ends', () => {
    const schedule = cosineSchedule({ from: 0, to: 1, steps: 400 });
    expect(schedule(100)).toBeCloseTo((2 - Math.SQRT2) / 4, 14);
    expect(schedule(300)).toBeCloseTo((2 + Math.SQRT2) / 4, 14);
    expect(schedule(1)).toBeLessThan(1e-4);
    expect(1 - schedule(399)).toBeLessThan(1e-4);
  });

  property.prop([fc.double({ min: 0.1, max: 40, noNaN: true }), fc.integer({ min: 0, max: 100 })])(
    'sigmoid: the stretched logistic function of its comment',
    (sharpness, step) => {
      const logistic = (v: number) => 1 / (1 + Math.exp(-v));
      const [low, high] = [logistic(-sharpness / 2), logistic(sharpness / 2)];
      const expected = (logistic(sharpness * (step / 100 - 0.5)) - low) / (high - low);
      expect(sigmoidSchedule({ from: 0, to: 1, steps: 100, sharpness })(step)).toBeCloseTo(expected, 10);
    },
  );

  test('sigmoid: a very soft one is the line, a very sharp one a step', () => {
    expect(sigmoidSchedule({ from: 0, to: 1, steps: 4, sharpness: 1e-3 })(1)).toBeCloseTo(0.25, 6);
    const sharp = sigmoidSchedule({ from: 0, to: 1, steps: 100, sharpness: 1e4 });
    expect([sharp(49), sharp(50), sharp(51)]).toEqual([0, 0.5, 1]);
  });

  test('sigmoid: refuses a sharpness that is not positive', () => {
    for (const sharpness of [0, -1, Number.NaN, Infinity]) {
      expect(() => sigmoidSchedule({ from: 0, to: 1, steps: 4, sharpness })).toThrow(
        `sigmoidSchedule: sharpness must be a positive number, got ${sharpness}`,
      );
    }
  });
});

describe('constantSchedule', () => {
  property.prop([finite, fc.nat()])('is the value at every step', (value, step) => {
    expect(constantSchedule(value)(step)).toBe(value);
  });

  test('refuses a value that is not finite', () => {
    expect(() => constantSchedule(Number.NaN)).toThrow('constantSchedule: value must be a finite number, got NaN');
  });
});

describe('cyclicalSchedule', () => {
  test('rises over the first part of each period, stays, and starts anew', () => {
    const schedule = cyclicalSchedule({ from: 0, to: 1, period: 8 });
    const cycle = [0, 0.25, 0.5, 0.75, 1, 1, 1, 1];
    expect(Array.from({ length: 24 }, (_, step) => schedule(step))).toEqual([...cycle, ...cycle, ...cycle]);
  });

  property.prop([
    finite,
    finite,
    fc.integer({ min: 1, max: 10_000 }),
    fc.double({ min: 0.01, max: 1, noNaN: true }),
    fc.nat(50),
  ])('every cycle starts at `from` exactly and is the first cycle again', (from, to, period, ramp, cycle) => {
    const schedule = cyclicalSchedule({ from, to, period, ramp });
    expect(schedule(cycle * period)).toBe(from);
    for (const step of [1, Math.floor(period / 3), period - 1]) {
      expect(schedule(cycle * period + (step % period))).toBe(schedule(step % period));
    }
    if (ramp * period <= period - 1) expect(schedule((cycle + 1) * period - 1)).toBe(to);
  });

  test('stays at `to` after its last cycle', () => {
    const schedule = cyclicalSchedule({ from: 0, to: 2, period: 4, cycles: 3 });
    expect([8, 9, 10, 11, 12, 13, 1000].map(schedule)).toEqual([0, 1, 2, 2, 2, 2, 2]);
  });

  test('a ramp over the whole period drops from just below `to`', () => {
    const schedule = cyclicalSchedule({ from: 0, to: 1, period: 4, ramp: 1 });
    expect([0, 1, 2, 3, 4, 5].map(schedule)).toEqual([0, 0.25, 0.5, 0.75, 0, 0.25]);
  });

  test('refuses bad periods, ramps and cycles', () => {
    const make = (options: object) => () => cyclicalSchedule({ from: 0, to: 1, period: 4, ...options });
    expect(make({ period: 0 })).toThrow('cyclicalSchedule: period must be a number of steps, 1 or more, got 0');
    expect(make({ period: Number.NaN })).toThrow('cyclicalSchedule: period');
    expect(make({ ramp: 0 })).toThrow('cyclicalSchedule: ramp must be in (0, 1], got 0');
    expect(make({ ramp: 1.5 })).toThrow('cyclicalSchedule: ramp must be in (0, 1], got 1.5');
    expect(make({ cycles: 0 })).toThrow('cyclicalSchedule: cycles must be positive, got 0');
    expect(make({ from: Number.NaN })).toThrow('cyclicalSchedule: from must be a finite number, got NaN');
  });
});

describe('piecewiseSchedule', () => {
  const points = [
    [10, 1],
    [20, 3],
    [40, -1],
  ] as const;

  test('is exact at its points, straight between them, and level outside', () => {
    const schedule = piecewiseSchedule({ points });
    expect([0, 10, 15, 20, 25, 30, 40, 1e6].map(schedule)).toEqual([1, 1, 2, 3, 2, 1, -1, -1]);
  });

  test('holds each value until the next point', () => {
    const schedule = piecewiseSchedule({ points, interpolation: 'hold' });
    expect([0, 10, 19, 20, 39, 40, 1e6].map(schedule)).toEqual([1, 1, 1, 3, 3, -1, -1]);
  });

  test('one point is a constant', () => {
    for (const interpolation of ['linear', 'hold'] as const) {
      const schedule = piecewiseSchedule({ points: [[5, 0.1]], interpolation });
      expect([0, 5, 6].map(schedule)).toEqual([0.1, 0.1, 0.1]);
    }
  });

  property.prop([
    fc.uniqueArray(fc.nat(10_000), { minLength: 1, maxLength: 8 }),
    fc.infiniteStream(finite),
    fc.nat(12_000),
  ])('meets every point to the last bit and stays within the values around it', (at, stream, step) => {
    const sorted = [...at].sort((a, b) => a - b);
    const pairs = sorted.map(s => [s, stream.next().value as number] as const);
    for (const interpolation of ['linear', 'hold'] as const) {
      const schedule = piecewiseSchedule({ points: pairs, interpolation });
      for (const [s, value] of pairs) expect(schedule(s)).toBe(value);
      const all = pairs.map(([, value]) => value);
      const slack = 1e-9;
      expect(schedule(step)).toBeGreaterThanOrEqual(Math.min(...all) - slack);
      expect(schedule(step)).toBeLessThanOrEqual(Math.max(...all) + slack);
    }
  });

  test('two points are the linear schedule', () => {
    const line = linearSchedule({ from: 0.3, to: 0.9, steps: 7 });
    const schedule = piecewiseSchedule({
      points: [
        [0, 0.3],
        [7, 0.9],
      ],
    });
    for (let step = 0; step < 10; step++) expect(schedule(step)).toBe(line(step));
  });

  test('refuses no points, steps that do not rise, and values that are not finite', () => {
    const make = (pairs: [number, number][]) => () => piecewiseSchedule({ points: pairs });
    expect(make([])).toThrow('piecewiseSchedule: points must hold at least one [step, value] pair');
    expect(
      make([
        [0, 1],
        [5, 2],
        [5, 3],
      ]),
    ).toThrow('piecewiseSchedule: steps must rise, got 5 before 5');
    expect(make([[-1, 1]])).toThrow('piecewiseSchedule: the step of point 0 must be a number of optimizer steps');
    expect(
      make([
        [0, 1],
        [1, Number.NaN],
      ]),
    ).toThrow('piecewiseSchedule: the value of point 1 must be a finite number');
  });
});

describe('helpers', () => {
  test('scheduled takes a number or a schedule', () => {
    expect(scheduled(4, 10)).toBe(4);
    expect(scheduled(step => step * 2, 10)).toBe(20);
  });

  test('progress and mix are exact at both ends', () => {
    expect([-1, 0, 1, 4, 5].map(s => progress(s, 4))).toEqual([0, 0, 0.25, 1, 1]);
    expect(progress(0, 0)).toBe(1);
    expect(mix(0.1, 0.3, 1)).toBe(0.3);
    expect(mix(0.1, 0.3, 0)).toBe(0.1);
    expect(mix(0.1, 0.3, 0.5)).toBeCloseTo(0.2, 15);
  });
});
