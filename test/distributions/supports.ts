/** Points and weights: a probability times its weight, over all points, adds up to 1. */
export type Quadrature = { points: readonly number[]; weights: readonly number[] };

/** Where a distribution has its values. */
export type Support = {
  /** Whether values are single points, so that log p has no gradient by x. */
  discrete?: boolean;
  /** Whether an event is one of its values. */
  contains(event: readonly number[]): boolean;
  /** Points of one element; fewer where several axes share them. */
  points(coarse?: boolean): Quadrature;
  /** All events of `size` numbers, where they are not all combinations of points. */
  events?(size: number): number[][];
  /** The weight of each of these events. 1 if absent. */
  eventWeight?(size: number): number;
};

/**
 * The trapezoidal rule after a substitution x(t), under which a density and its derivatives vanish at both ends: its
 * error then falls exponentially with the number of points. Takahasi & Mori 1974.
 */
function trapezoid(
  count: number,
  [from, to]: readonly [number, number],
  x: (t: number) => number,
  slope: (t: number) => number,
): Quadrature {
  const step = (to - from) / (count - 1);
  const ts = Array.from({ length: count }, (_, i) => from + i * step);
  return { points: ts.map(x), weights: ts.map(t => slope(t) * step) };
}

const countOf = (coarse?: boolean) => (coarse ? 161 : 8001);
const listed = (points: readonly number[]): Support['points'] => {
  const weights = points.map(() => 1);
  return () => ({ points, weights });
};
const sigmoid = (t: number) => 1 / (1 + Math.exp(-t));
const every = (holds: (value: number) => boolean) => (event: readonly number[]) => event.every(holds);

export const supports = {
  real: {
    contains: every(Number.isFinite),
    points: coarse => trapezoid(countOf(coarse), coarse ? [-4, 4] : [-14, 14], Math.sinh, Math.cosh),
  },
  positive: {
    contains: every(v => v > 0 && v < Infinity),
    points: coarse => trapezoid(countOf(coarse), [-40, 12], Math.exp, Math.exp),
  },
  unitOpen: {
    contains: every(v => v > 0 && v < 1),
    points: coarse => trapezoid(countOf(coarse), [-30, 30], sigmoid, t => sigmoid(t) * sigmoid(-t)),
  },
  unitInterval: {
    contains: every(v => v >= 0 && v <= 1),
    points: coarse => trapezoid(countOf(coarse), [-30, 30], sigmoid, t => sigmoid(t) * sigmoid(-t)),
  },
  binary: { discrete: true, contains: every(v => v === 0 || v === 1), points: listed([0, 1]) },
  counts: {
    discrete: true,
    contains: every(v => Number.isInteger(v) && v >= 0),
    points: listed(Array.from({ length: 2000 }, (_, k) => k)),
  },
} satisfies Record<string, Support>;

/** The class indices 0 … count − 1. */
export function categories(count: number): Support {
  return {
    discrete: true,
    contains: every(v => Number.isInteger(v) && v >= 0 && v < count),
    points: listed(Array.from({ length: count }, (_, k) => k)),
  };
}

/** The levels k / (count − 1) in [0, 1], as float32 holds them. */
export function levelsOf(count: number): Support {
  const points = Array.from({ length: count }, (_, k) => Math.fround(k / (count - 1)));
  return { discrete: true, contains: every(v => points.includes(v)), points: listed(points) };
}

/** Vectors of one 1 among `count` numbers, one after another. */
export function oneHots(count: number): Support {
  const vectors = Array.from({ length: count }, (_, k) => Array.from({ length: count }, (__, i) => Number(i === k)));
  const events = (size: number): number[][] =>
    size === 0 ? [[]] : events(size - count).flatMap(event => vectors.map(vector => [...event, ...vector]));
  const keyOf = (event: readonly number[]) => event.join();
  return {
    discrete: true,
    contains: event => events(event.length).map(keyOf).includes(keyOf(event)),
    points: listed([0, 1]),
    events,
  };
}

/**
 * Points of the simplex of `count` numbers, one after another, for densities of the logarithm of the point: an even grid
 * of the logits of all but the last, of which the differentials are `Π dx / Π x`.
 */
export function logSimplices(count: number): Support {
  const [most, step] = [40, 0.5];
  const grid = Array.from({ length: (2 * most) / step + 1 }, (_, i) => -most + i * step);
  const logits = (n: number): number[][] =>
    n === 0 ? [[]] : logits(n - 1).flatMap(some => grid.map(value => [...some, value]));
  const points = logits(count - 1).map(some => {
    const e = [...some, 0].map(Math.exp);
    const total = e.reduce((a, b) => a + b);
    return e.map(v => v / total);
  });
  const events = (size: number): number[][] =>
    size === 0 ? [[]] : events(size - count).flatMap(event => points.map(point => [...event, ...point]));
  return {
    contains: event =>
      event.every(v => v > 0 && v <= 1) && Math.abs(event.reduce((a, b) => a + b) - event.length / count) < 1e-5,
    points: listed([0, 1]),
    events,
    eventWeight: size => step ** ((size / count) * (count - 1)),
  };
}

/** Numbers of the open unit interval, for densities of their logit. */
export const logitOpen: Support = {
  contains: every(v => v > 0 && v < 1),
  points: () => trapezoid(4001, [-30, 16.5], sigmoid, () => 1),
};

/** The unit circle or sphere, in cells of one size. */
export function sphere(size: number): Support {
  const angles = (count: number) => Array.from({ length: count }, (_, i) => (2 * Math.PI * (i + 0.5)) / count);
  const heights = Array.from({ length: 400 }, (_, i) => (2 * i + 1) / 400 - 1);
  const around = (height: number, ring: number[]) =>
    ring.map(angle => [height, ...[Math.cos, Math.sin].map(f => Math.sqrt(1 - height ** 2) * f(angle))]);
  const ring = angles(size === 2 ? 2000 : 60);
  const events =
    size === 2
      ? ring.map(angle => [Math.cos(angle), Math.sin(angle)])
      : heights.flatMap(height => around(height, ring));
  return {
    contains: event => Math.abs(Math.hypot(...event) - 1) < 1e-5,
    points: () => ({ points: [], weights: [] }),
    events: () => events,
    eventWeight: () => (size === 2 ? 2 * Math.PI : 4 * Math.PI) / events.length,
  };
}

/** Points of a whole event of `size` numbers. */
export function eventPoints(
  { points, events: listedEvents, eventWeight = () => 1 }: Support,
  size: number,
): { events: number[][]; weights: number[] } {
  if (listedEvents) {
    const events = listedEvents(size);
    return { events, weights: events.map(() => eventWeight(size)) };
  }
  const axis = points(true);
  let events: number[][] = [[]];
  let weights = [1];
  for (let i = 0; i < size; i++) {
    events = events.flatMap(event => axis.points.map(value => [...event, value]));
    weights = weights.flatMap(weight => axis.weights.map(w => weight * w));
  }
  return { events, weights };
}
