import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import type { Distribution } from '../../src/distributions/distribution';
import { tidy } from '../../src/ops/tidy';
import { Rng } from '../../src/random/rng';
import { describeBackends, noLeak, values } from '../support/backends';
import { expectClose } from '../support/expect-close';
import { numericGradient } from '../support/finite-difference';
import { mean, standardError } from '../support/statistics';
import { type KlRow, type Nested, type Params, type Row, rows } from './table';

const DRAWS = 3000;

const flatten = (x: Nested): number[] => (typeof x === 'number' ? [x] : x.flatMap(flatten));
const toTensor = (x: Nested) => tf.tensor(x as number[], undefined, 'float32');
const toTensors = (params: Params) => Object.fromEntries(Object.entries(params).map(([k, v]) => [k, toTensor(v)]));
const toFlat = (params: Params) => Object.fromEntries(Object.entries(params).map(([k, v]) => [k, flatten(v)]));
const repeat = (x: number[], length: number) => Array.from({ length }, (_, i) => x[i % x.length]!);

/** The tensors of a result: one, the fields of an object, or none. */
function tensorsOf(result: tf.Tensor | Record<string, tf.Tensor> | undefined): tf.Tensor[] {
  if (!result) return [];
  return result instanceof tf.Tensor ? [result] : Object.values(result);
}

type Fixture = { tensors: Record<string, tf.Tensor>; d: Distribution; x: tf.Tensor; lead: number[] };

/** Runs a check on a fresh distribution, and fails when anything is left behind. */
function fresh(row: Row, check: (fixture: Fixture) => void): void {
  noLeak(() => {
    const tensors = toTensors(row.params);
    const x = toTensor(row.x);
    const lead = x.shape.slice(0, x.rank - row.eventRank);
    check({ tensors, d: row.make(tensors), x, lead });
    tf.dispose([tensors, x]);
  });
}

function withKl(
  row: Row,
  check: (fixture: Fixture, p: Distribution, tensors: Record<string, tf.Tensor>, kl: KlRow) => void,
) {
  for (const kl of row.kl ?? []) {
    fresh(row, fixture => {
      const tensors = toTensors(kl.params);
      check(fixture, kl.make(tensors), tensors, kl);
      tf.dispose(tensors);
    });
  }
}

/** Values of every draw for each position: [positions][draws]. */
function columns(t: tf.Tensor): number[][] {
  const [draws] = t.shape;
  const flat = values(t);
  const size = flat.length / draws!;
  return Array.from({ length: size }, (_, i) => Array.from({ length: draws! }, (__, s) => flat[s * size + i]!));
}

function expectWithin(estimates: number[][], expected: readonly number[], label: string): void {
  estimates.forEach((draws, i) => {
    const off = Math.abs(mean(draws) - expected[i % expected.length]!);
    expect(off, `${label} ${i}: ${mean(draws)} for ${expected[i]}`).toBeLessThan(5 * standardError(draws) + 1e-4);
  });
}

/** Gradients of a summed expression by the tensors, against central differences of its float64 twin. */
function expectGradients(
  f: () => tf.Tensor,
  by: Record<string, tf.Tensor>,
  twin: (flat: Record<string, readonly number[]>) => number,
): void {
  const names = Object.keys(by);
  if (names.length === 0) return;
  const gradients = tf.grads(() => tf.sum(f()))(Object.values(by));
  const flat = Object.fromEntries(names.map(name => [name, Array.from(by[name]!.dataSync())]));
  gradients.forEach((gradient, i) => {
    const name = names[i]!;
    expect(gradient.shape).toEqual(by[name]!.shape);
    const expected = numericGradient(v => twin({ ...flat, [name]: v }), flat[name]!);
    expectClose(values(gradient), expected, { tolerance: 1e-3 });
  });
}

/** A distribution of batch 1 and no parameters takes any number of draws as one long batch. */
function logProbOfDraws(p: Distribution, draws: tf.Tensor, lead: number[]): tf.Tensor {
  if (Object.keys(p.params).length > 0) return p.logProb(draws);
  return tf.reshape(p.logProb(tf.reshape(draws, [-1, ...draws.shape.slice(lead.length)])), lead);
}

type Result = tf.Tensor | Record<string, tf.Tensor>;

/** Every method that returns tensors; undefined where a distribution does not have it. */
const METHODS: Record<string, (fixture: Fixture) => Result | undefined> = {
  sample: ({ d }) => d.sample({ rng: new Rng(1) }),
  'sample of 2': ({ d }) => d.sample({ rng: new Rng(1), samples: 2 }),
  sampleWithLogProb: ({ d }) => d.sampleWithLogProb({ rng: new Rng(1) }),
  'sampleWithLogProb of 2': ({ d }) => d.sampleWithLogProb({ rng: new Rng(1), samples: 2 }),
  logProb: ({ d, x }) => d.logProb(x),
  logProbElements: ({ d, x }) => d.logProbElements?.(x),
  mean: ({ d }) => d.mean(),
  mode: ({ d }) => d.mode?.(),
  variance: ({ d }) => d.variance?.(),
  entropy: ({ d }) => d.entropy?.(),
};

describeBackends('oracle', () => {
  describe.each(rows)('$name', row => {
    test('log p(x) is the golden value, without and with a sample axis', () => {
      fresh(row, ({ d, x, lead }) => {
        const logProb = d.logProb(x);
        expect(logProb.shape).toEqual(lead);
        const expected = flatten(row.logProb);
        expectClose(values(logProb), expected);
        const sampled = tf.tidy(() => d.logProb(tf.stack([x, x])));
        expect(sampled.shape).toEqual([2, ...lead]);
        expectClose(values(sampled), [...expected, ...expected]);
      });
    });

    test('log p(x) is the sum of its elements', () => {
      fresh(row, ({ d, x, lead }) => {
        if (!d.logProbElements) return;
        const elements = d.logProbElements(x);
        expect(elements.shape).toEqual(x.shape);
        const sum = tf.tidy(() => tf.sum(tf.reshape(elements, [...lead, -1]), -1));
        expectClose(values(sum), values(d.logProb(x)));
        elements.dispose();
      });
    });

    test('its gradient agrees with finite differences, without and with a sample axis', () => {
      fresh(row, ({ d, tensors, x }) => {
        const xs = flatten(row.x);
        expectGradients(
          () => d.logProb(x),
          tensors,
          p => row.logProb64(xs, p),
        );
        const both = tf.stack([x, x]);
        expectGradients(
          () => d.logProb(both),
          tensors,
          p => 2 * row.logProb64(xs, p),
        );
        if (!row.discrete) {
          expectGradients(
            () => d.logProb(x),
            { x },
            flat => row.logProb64(flat['x']!, toFlat(row.params)),
          );
        }
        both.dispose();
      });
    });

    test('a mask leaves out elements, whatever they hold, in the value and in the gradient', () => {
      fresh(row, ({ d, tensors, x }) => {
        if (!d.logProbElements || row.eventRank === 0) return;
        const keep = Array.from({ length: x.size }, (_, i) => (i % 3 === 1 ? 0 : 1));
        const spoilt = flatten(row.x).map((v, i) => (keep[i] ? v : Number.NaN));
        const mask = tf.tensor(keep, x.shape);
        const holes = tf.tensor(spoilt, x.shape);
        const elements = values(d.logProbElements(x));
        const perExample = x.size / values(d.logProb(x)).length;
        const expected = flatten(row.logProb).map((_, b) =>
          elements.reduce((a, v, i) => (Math.floor(i / perExample) === b ? a + v * keep[i]! : a), 0),
        );
        expectClose(values(d.logProb(x, { mask })), expected);
        expectClose(values(d.logProb(holes, { mask })), expected);
        expectClose(values(tf.tidy(() => d.logProb(tf.stack([holes, holes]), { mask }))), [...expected, ...expected]);
        const by = Object.values(tensors);
        if (by.length > 0) {
          const gradients = tf.grads(() => tf.sum(d.logProb(holes, { mask })))(by);
          const clean = tf.grads(() => tf.sum(d.logProb(x, { mask })))(by);
          gradients.forEach((g, i) => {
            expectClose(values(g), values(clean[i]!));
          });
        }
        tf.dispose([mask, holes]);
      });
    });

    test('a mask of the event is broadcast over the batch; all 0 counts nothing', () => {
      fresh(row, ({ d, x }) => {
        const event = x.shape.slice(x.rank - row.eventRank);
        const [first, none, all] = [
          tf.tidy(() => tf.reshape(tf.cast(tf.equal(tf.range(0, tf.util.sizeFromShape(event)), 0), 'float32'), event)),
          tf.zeros(event),
          tf.ones(event),
        ] as const;
        const full = flatten(row.logProb);
        expectClose(values(d.logProb(x, { mask: all })), full);
        expectClose(
          values(d.logProb(x, { mask: none })),
          full.map(() => 0),
        );
        if (d.logProbElements) {
          const size = tf.util.sizeFromShape(event);
          const elements = values(d.logProbElements(x)).filter((_, i) => i % size === 0);
          expectClose(values(d.logProb(x, { mask: first })), elements);
        }
        tf.dispose([first, none, all]);
      });
    });

    test('mean, variance and entropy are the golden values', () => {
      fresh(row, ({ d }) => {
        const check = (name: string, t: tf.Tensor, expected: Nested | undefined) => {
          expect(expected, `a golden ${name}`).toBeDefined();
          const flat = values(t);
          expectClose(repeat(flat, flatten(expected!).length), flatten(expected!));
        };
        check('mean', d.mean(), row.mean);
        if (d.variance) check('variance', d.variance(), row.variance);
        if (d.entropy) check('entropy', d.entropy(), row.entropy);
      });
    });

    test('samples have the shape of values, the mean and the variance', () => {
      fresh(row, ({ d }) => {
        const centre = d.mean();
        const one = d.sample({ rng: new Rng(3) });
        expect(one.shape).toEqual(centre.shape);
        const draws = d.sample({ rng: new Rng(3), samples: DRAWS });
        expect(draws.shape).toEqual([DRAWS, ...centre.shape]);
        const sampled = columns(draws);
        const mu = values(centre);
        expectWithin(sampled, mu, 'mean');
        if (d.variance) {
          const squares = sampled.map((list, i) => list.map(v => (v - mu[i]!) ** 2));
          expectWithin(squares, values(d.variance()), 'variance');
        }
        one.dispose();
      });
    });

    test('samples repeat by seed, differ from draw to draw and between samples', () => {
      fresh(row, ({ d }) => {
        const rng = new Rng(5);
        const [a, b] = [values(d.sample({ rng, samples: 20 })), values(d.sample({ rng, samples: 20 }))];
        expect(values(d.sample({ rng: new Rng(5), samples: 20 }))).toEqual(a);
        expect(a).not.toEqual(b);
        const half = a.length / 2;
        expect(a.slice(0, half)).not.toEqual(a.slice(half));
      });
    });

    test('sampleWithLogProb draws what sample draws, with its log-probability', () => {
      fresh(row, ({ d }) => {
        for (const options of [{}, { samples: 7 }]) {
          const { value, logProb } = d.sampleWithLogProb({ rng: new Rng(4), ...options });
          expect(Array.from(value.dataSync())).toEqual(values(d.sample({ rng: new Rng(4), ...options })));
          const again = d.logProb(value);
          expect(logProb.shape).toEqual(again.shape);
          expectClose(values(logProb), values(again), { tolerance: 1e-4 });
          value.dispose();
        }
      });
    });

    test('gradients flow through samples exactly where it says so', () => {
      fresh(row, ({ d, tensors }) => {
        const by = Object.values(tensors);
        if (by.length === 0) return;
        // The sum of the parameters keeps every one of them connected, with a gradient of 1.
        const connected = () => by.reduce((a: tf.Tensor, t) => tf.add(a, tf.sum(t)), tf.scalar(0));
        const through = () => tf.add(connected(), tf.sum(d.sample({ rng: new Rng(2), samples: 3 })));
        const gradients = tf
          .grads(() => through())(by)
          .map(values);
        for (const g of gradients) {
          if (d.reparameterised) expect(g.some(v => Math.abs(v - 1) > 1e-3)).toBe(true);
          else for (const v of g) expect(v).toBe(1);
        }
      });
    });

    test('entropy is −E[log p]', () => {
      fresh(row, ({ d }) => {
        if (!d.entropy) return;
        const { value, logProb } = d.sampleWithLogProb({ rng: new Rng(8), samples: DRAWS });
        const surprise = columns(logProb).map(list => list.map(v => -v));
        expectWithin(surprise, values(d.entropy()), 'entropy');
        value.dispose();
      });
    });

    test('no sample is more probable than the mode', () => {
      fresh(row, ({ d }) => {
        if (!d.mode) return;
        const mode = d.mode();
        const best = values(d.logProb(mode));
        const logProbs = tf.tidy(() => d.logProb(d.sample({ rng: new Rng(9), samples: 200 })));
        columns(logProbs).forEach((list, i) => {
          expect(Math.max(...list)).toBeLessThanOrEqual(best[i]! + 1e-5);
        });
        mode.dispose();
      });
    });

    test('KL: golden values, elements that sum up, never negative, 0 to itself', () => {
      fresh(row, ({ d }) => {
        if (!d.hasKl(d)) return;
        for (const v of values(d.kl(d))) expect(Math.abs(v)).toBeLessThan(1e-6);
      });
      withKl(row, ({ d, lead }, p, _, { expected }) => {
        expect(d.hasKl(p)).toBe(true);
        const kl = d.kl(p);
        if (row.name !== 'StandardNormal') expect(kl.shape).toEqual(lead);
        const size = kl.size;
        const flat = values(kl);
        expectClose(repeat(flat, flatten(expected).length), flatten(expected));
        for (const v of flat) expect(v).toBeGreaterThanOrEqual(0);
        if (d.klElements) {
          const elements = d.klElements(p);
          expectClose(values(tf.tidy(() => tf.sum(tf.reshape(elements, [size, -1]), 1))), flat);
          elements.dispose();
        }
      });
    });

    test('KL: the mean of log q − log p over samples of q', () => {
      withKl(row, ({ d }, p) => {
        const { value, logProb } = d.sampleWithLogProb({ rng: new Rng(11), samples: DRAWS });
        const ratio = columns(tf.tidy(() => tf.sub(logProb, logProbOfDraws(p, value, logProb.shape))));
        expectWithin(ratio, values(d.kl(p)), 'kl');
        tf.dispose([value, logProb]);
      });
    });

    test('KL: gradients by the parameters of both sides agree with finite differences', () => {
      withKl(row, ({ d, tensors }, p, others, { kl64, params }) => {
        expectGradients(
          () => d.kl(p),
          tensors,
          q => kl64(q, toFlat(params)),
        );
        expectGradients(
          () => d.kl(p),
          others,
          flat => kl64(toFlat(row.params), flat),
        );
      });
    });

    test('KL: refuses a stranger by name, and says what to do instead', () => {
      fresh(row, ({ d }) => {
        const stranger = { kind: 'stranger', params: {} } as unknown as Distribution;
        expect(d.hasKl(stranger)).toBe(false);
        expect(() => d.kl(stranger)).toThrow(`KL(${d.kind} ‖ stranger) has no closed form`);
      });
    });

    test('detach keeps the values and stops the gradients', () => {
      fresh(row, ({ d, tensors, x }) => {
        const before = tf.memory().numTensors;
        const detached = d.detach();
        expect(detached.kind).toBe(d.kind);
        expect(Object.keys(detached.params)).toEqual(Object.keys(d.params));
        expect(values(detached.logProb(x))).toEqual(values(d.logProb(x)));
        for (const [name, t] of Object.entries(detached.params)) {
          expect(Array.from(t.dataSync())).toEqual(Array.from(tensors[name]!.dataSync()));
        }
        detached.dispose();
        expect(tf.memory().numTensors).toBe(before);

        const by = Object.values(tensors);
        if (by.length === 0) return;
        const connected = () => by.reduce((a: tf.Tensor, t) => tf.add(a, tf.sum(t)), tf.scalar(0));
        const stopped = tf.grads(() => tf.add(connected(), tf.sum(d.detach().logProb(x))))(by);
        for (const g of stopped) for (const v of values(g)) expect(v).toBe(1);
      });
    });

    test('its parameters are the very tensors that were given: own, enumerable, disposed of with it', () => {
      fresh(row, ({ d, tensors }) => {
        expect(Object.keys(d.params)).toEqual(Object.keys(tensors));
        for (const [name, t] of Object.entries(tensors)) expect(d.params[name]).toBe(t);
        expect(Object.getOwnPropertyDescriptor(d, 'params')).toMatchObject({ enumerable: true });
        expect(typeof d.kind).toBe('string');
        d.dispose();
        for (const t of Object.values(tensors)) expect(t.isDisposed).toBe(true);
        expect(() => d.dispose()).not.toThrow();
      });
      noLeak(() => tf.dispose(toTensors(row.params)));
      noLeak(() => {
        const held = tidy(() => row.make(toTensors(row.params)));
        for (const t of Object.values(held.params)) expect(t.isDisposed).toBe(false);
        tf.dispose(held as unknown as tf.TensorContainer);
      });
    });

    test.each(Object.keys(METHODS))('%s returns new tensors alone, which belong to the caller', name => {
      fresh(row, fixture => {
        expectOwned(row, fixture, () => METHODS[name]!(fixture));
      });
    });

    test('KLs return new tensors alone, which belong to the caller', () => {
      withKl(row, (fixture, p) => {
        expectOwned(row, fixture, () => fixture.d.kl(p));
        if (fixture.d.klElements) expectOwned(row, fixture, () => fixture.d.klElements!(p));
      });
    });
  });
});

function expectOwned(row: Row, { tensors, x }: Fixture, call: () => Result | undefined): void {
  const borrowed = [...Object.values(tensors), x];
  const before = tf.memory().numTensors;
  const results = tensorsOf(call());
  expect(tf.memory().numTensors - before).toBe(results.length);
  for (const result of results) {
    expect(borrowed).not.toContain(result);
    for (const v of values(result)) expect(v).not.toBeNaN();
  }
  expect(tf.memory().numTensors).toBe(before);
  expect(tf.tidy(() => tensorsOf(call()).every(t => !t.isDisposed))).toBe(true);
  expect(tf.memory().numTensors).toBe(before);
  for (const [name, t] of Object.entries(tensors)) {
    expect(Array.from(t.dataSync())).toEqual(flatten(row.params[name]!));
  }
  expect(Array.from(x.dataSync())).toEqual(flatten(row.x));
}
