import { expect, test } from 'vitest';
import { eventPoints, type Support, supports } from './supports';

const factorial = (k: number): number => (k < 2 ? 1 : k * factorial(k - 1));
const normal = (x: number) => Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);

/** A textbook density of each support. */
const densities: Record<keyof typeof supports, (x: number) => number> = {
  real: x => Math.exp(-Math.abs(x - 0.7) / 0.4) / 0.8,
  positive: x => Math.exp(-x / 3) / 3,
  unitOpen: x => 1 / (Math.PI * Math.sqrt(x * (1 - x))),
  unitInterval: x => 2 * x,
  binary: x => (x === 1 ? 0.3 : 0.7),
  counts: k => (k > 150 ? 0 : Math.exp(-4) * 4 ** k) / factorial(Math.min(k, 150)),
};

test.each(Object.keys(densities) as (keyof typeof supports)[])('%s: a known density adds up to 1', name => {
  const { points, contains }: Support = supports[name];
  const { points: x, weights } = points();
  const total = x.reduce((sum, v, i) => sum + densities[name](v) * weights[i]!, 0);
  expect(total).toBeCloseTo(1, 4);
  expect(contains([x[1]!])).toBe(true);
  expect(contains([Number.NaN])).toBe(false);
});

test('events: a known density of two numbers adds up to 1', () => {
  const { events, weights } = eventPoints(supports.real, 2);
  const total = events.reduce((sum, [a, b], i) => sum + normal(a!) * normal(2 * b! - a!) * 2 * weights[i]!, 0);
  expect(total).toBeCloseTo(1, 4);
});
