import { fc, test as property } from '@fast-check/vitest';
import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { exponentials, gumbels, laplaces, logistics } from '../../src/random/converters';
import { drawSeed, Rng } from '../../src/random/rng';
import { backends, describeBackends, noLeak, values } from '../support/backends';
import { correlation, kolmogorovSmirnov, mean, normalCdf, variance } from '../support/statistics';

const normals = (rng: Rng, n: number) => values(rng.normal([n]));
const uniforms = (rng: Rng, n: number) => values(rng.uniform([n]));

test('the same numbers on every backend', async () => {
  const draws: number[][] = [];
  for (const backend of backends) {
    await tf.setBackend(backend);
    const rng = new Rng(7).fork('noise');
    draws.push([...normals(rng, 33), ...uniforms(rng, 33), ...values(rng.normal([2, 3], { samples: 2 }))]);
  }
  await tf.setBackend('cpu');
  expect(draws.length).toBeGreaterThan(1);
  for (const draw of draws) expect(draw).toEqual(draws[0]);
});

test('draws are what they were: a change of them breaks every checkpoint and every published seed', () => {
  // First block of key (7, 0), counter 0: computed with an independent Philox4x32-10 in exact integers.
  const words = [0xf4607a2d, 0xc009f9dc, 0x1d3aba42, 0x15edac82];
  expect(uniforms(new Rng(7), 4)).toEqual(words.map(w => (w >>> 8) / 2 ** 24));
  const radius = Math.sqrt(-2 * Math.log((words[0]! + 1) / 2 ** 32));
  const angle = (2 * Math.PI * words[1]!) / 2 ** 32;
  expect(normals(new Rng(7), 2)).toEqual([radius * Math.cos(angle), radius * Math.sin(angle)].map(Math.fround));
});

test('exponential, Gumbel, logistic and Laplace draws are quantiles of (word + ½)·2⁻³²', () => {
  const u = (0xf4607a2d + 0.5) / 2 ** 32;
  const first = (['exponential', 'gumbel', 'logistic', 'laplace'] as const).map(
    name => values(new Rng(7)[name]([1]))[0],
  );
  const exact = [-Math.log(u), -Math.log(-Math.log(u)), Math.log(u) - Math.log1p(-u), -Math.log(2 - 2 * u)];
  expect(first).toEqual(exact.map(Math.fround));
});

test('no word gives an infinite draw, and none an exponential of 0, after rounding to float32', () => {
  const words = Uint32Array.of(0, 1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 2, 2 ** 32 - 1);
  for (const draw of [exponentials, gumbels, logistics, laplaces]) {
    const drawn = [...draw(words, words.length)];
    expect(drawn.every(Number.isFinite)).toBe(true);
    expect(Math.max(...drawn.map(Math.abs))).toBeLessThan(23);
  }
  expect(Math.min(...exponentials(words, words.length))).toBeGreaterThan(1e-10);
  // From uniform numbers of 24 bits, as they are on a device, the same is infinite.
  const fromUniform = [0, 1 - 2 ** -24].map(v => -Math.log(-Math.log(Math.fround(v + 2 ** -25))));
  expect(-Math.log(-Math.log(0))).toBe(-Infinity);
  expect(fromUniform[1]).toBe(Infinity);
  const symmetric = [...logistics(words, words.length)];
  expect([...symmetric].reverse()).toEqual(symmetric.map(v => -v));
});

describeBackends('Rng draws', () => {
  test('have the shape asked for, scalars and empty ones included, as float32', () => {
    const rng = new Rng(1);
    for (const name of ['normal', 'uniform', 'exponential', 'gumbel', 'logistic', 'laplace'] as const) {
      const draw = rng[name].bind(rng);
      for (const shape of [[], [0], [3], [2, 0, 4], [2, 3, 5]]) {
        const plain = draw(shape);
        expect(plain.shape).toEqual(shape);
        expect(plain.dtype).toBe('float32');
        const sampled = draw(shape, { samples: 3 });
        expect(sampled.shape).toEqual([3, ...shape]);
        tf.dispose([plain, sampled]);
      }
    }
  });

  test('leave one tensor each, which belongs to the caller', () => {
    noLeak(() => {
      const rng = new Rng(1);
      const rows = rng.forRows([4, 5]);
      const drawn = [rng.normal([3]), rng.uniform([3], { samples: 2 }), rows.normal([2, 3]), rows.uniform([7])];
      rng.permutation(10);
      rng.seed();
      tf.dispose(drawn);
    });
  });
});

test('a seed repeats; the next draw, another seed and no seed do not', () => {
  const a = new Rng(3);
  const first = normals(a, 8);
  expect(normals(new Rng(3), 8)).toEqual(first);
  expect(normals(a, 8)).not.toEqual(first);
  expect(normals(new Rng(4), 8)).not.toEqual(first);
  expect(normals(new Rng(drawSeed()), 8)).not.toEqual(normals(new Rng(drawSeed()), 8));
});

test('0 is a seed like any other', () => {
  const zero = normals(new Rng(0), 8);
  expect(normals(new Rng(0), 8)).toEqual(zero);
  expect(normals(new Rng(1), 8)).not.toEqual(zero);
  expect(normals(new Rng(-1), 8)).not.toEqual(zero);
});

test('all 53 bits of a seed count, and its sign', () => {
  const seeds = [
    0,
    1,
    -1,
    2 ** 31,
    2 ** 32,
    2 ** 32 + 1,
    -(2 ** 32),
    2 ** 52,
    Number.MAX_SAFE_INTEGER,
    Number.MIN_SAFE_INTEGER,
  ];
  const draws = new Set(seeds.map(seed => JSON.stringify(uniforms(new Rng(seed), 4))));
  expect(draws.size).toBe(seeds.length);
});

test('refuses what is no safe integer, by name', () => {
  for (const seed of [0.5, Number.NaN, Infinity, 2 ** 53]) {
    expect(() => new Rng(seed)).toThrow(`Rng: seed must be an integer, got ${seed}`);
  }
});

test('an odd number of normals is the even number without its last', () => {
  for (const n of [1, 3, 5, 7, 33]) {
    expect(normals(new Rng(11), n)).toEqual(normals(new Rng(11), n + 1).slice(0, n));
  }
});

test('the last value of an odd draw is normal and symmetric too', () => {
  const rng = new Rng(5);
  const last = Array.from({ length: 4000 }, () => normals(rng, 5)[4]!);
  expect(Math.abs(mean(last))).toBeLessThan(5 / Math.sqrt(last.length));
  expect(kolmogorovSmirnov(last, normalCdf)).toBeLessThan(1.95 / Math.sqrt(last.length));
});

test('a draw in tensors of another shape has the same values; samples are the leading axis', () => {
  expect(values(new Rng(2).normal([4, 3]))).toEqual(normals(new Rng(2), 12));
  expect(values(new Rng(2).normal([3], { samples: 4 }))).toEqual(normals(new Rng(2), 12));
});

test('normals are normal: moments and Kolmogorov–Smirnov over 100,000', () => {
  const n = 100_000;
  const x = normals(new Rng(42), n);
  const power = (k: number) => mean(x.map(v => v ** k));
  // Standard errors of the sample moments of N(0, 1): √(1, 2, 15, 96)/√n.
  expect(Math.abs(power(1))).toBeLessThan(4 / Math.sqrt(n));
  expect(Math.abs(power(2) - 1)).toBeLessThan((4 * Math.sqrt(2)) / Math.sqrt(n));
  expect(Math.abs(power(3))).toBeLessThan((4 * Math.sqrt(15)) / Math.sqrt(n));
  expect(Math.abs(power(4) - 3)).toBeLessThan((4 * Math.sqrt(96)) / Math.sqrt(n));
  expect(kolmogorovSmirnov(x, normalCdf)).toBeLessThan(1.63 / Math.sqrt(n));
  expect(Math.max(...x.map(Math.abs))).toBeGreaterThan(3.9);
  expect(x.every(Number.isFinite)).toBe(true);
});

test('uniforms are uniform in [0, 1): moments and Kolmogorov–Smirnov over 100,000', () => {
  const n = 100_000;
  const x = uniforms(new Rng(42), n);
  expect(x.every(v => v >= 0 && v < 1 && Number.isInteger(v * 2 ** 24))).toBe(true);
  expect(Math.abs(mean(x) - 0.5)).toBeLessThan(4 / Math.sqrt(12 * n));
  expect(Math.abs(variance(x) - 1 / 12)).toBeLessThan(4 / Math.sqrt(180 * n));
  expect(kolmogorovSmirnov(x, v => v)).toBeLessThan(1.63 / Math.sqrt(n));
});

test('neighbours in a draw, successive draws, pairs of Box–Muller and neighbouring seeds are uncorrelated', () => {
  const n = 20_000;
  const rng = new Rng(8);
  const [x, y] = [normals(rng, n), normals(rng, n)];
  const bound = 4 / Math.sqrt(n);
  for (const lag of [1, 2, 3, 4, 8]) expect(Math.abs(correlation(x.slice(lag), x.slice(0, -lag)))).toBeLessThan(bound);
  expect(Math.abs(correlation(x, y))).toBeLessThan(bound);
  expect(Math.abs(correlation(x, normals(new Rng(9), n)))).toBeLessThan(bound);
  const squared = (v: number[]) => v.map(e => e * e);
  const even = (v: number[], rest: number) => v.filter((_, i) => i % 2 === rest);
  expect(Math.abs(correlation(squared(even(x, 0)), squared(even(x, 1))))).toBeLessThan(bound * Math.SQRT2);
});

test('fork: one name is one stream, whatever the parent has drawn, and leaves the parent where it was', () => {
  const parent = new Rng(6);
  const before = normals(parent.fork('dropout'), 8);
  const undisturbed = normals(new Rng(6), 8);
  expect(normals(parent, 8)).toEqual(undisturbed);
  normals(parent, 100);
  expect(normals(parent.fork('dropout'), 8)).toEqual(before);
  expect(parent.state().counter).toBe(2);
});

test('fork: other names, numbers as against their text, other seeds and other parents are other streams', () => {
  const root = new Rng(6);
  const streams = [
    root,
    root.fork('a'),
    root.fork('b'),
    root.fork(''),
    root.fork('1'),
    root.fork(1),
    root.fork(-1),
    root.fork('ab'),
    root.fork('ba'),
    root.fork('a').fork('b'),
    root.fork('b').fork('a'),
    root.fork('a').fork('a'),
    root.fork('é'),
    root.fork('ẽ'),
    new Rng(7).fork('a'),
  ];
  expect(new Set(streams.map(s => JSON.stringify(uniforms(s, 4)))).size).toBe(streams.length);
});

test('fork: streams are uncorrelated with their parent and with each other', () => {
  const n = 20_000;
  const root = new Rng(0);
  const names = ['train', 'validation', 0, 1, 2, 'shuffle'];
  const draws = [normals(root, n), ...names.map(name => normals(root.fork(name), n))];
  for (let i = 0; i < draws.length; i++) {
    for (let j = 0; j < i; j++) {
      expect(Math.abs(correlation(draws[i]!, draws[j]!)), `${i}, ${j}`).toBeLessThan(4.5 / Math.sqrt(n));
    }
  }
});

test('fork: 20,000 numbered streams have 20,000 keys', () => {
  const root = new Rng(1);
  const keys = new Set(Array.from({ length: 20_000 }, (_, i) => root.fork(i).state().key.join()));
  expect(keys.size).toBe(20_000);
});

test('state goes through JSON in mid-stream and goes on with the next draw', () => {
  const rng = new Rng(-12).fork('noise');
  normals(rng, 5);
  uniforms(rng, 3);
  const text = JSON.stringify(rng.state());
  const rest = [normals(rng, 7), uniforms(rng, 7), [...rng.permutation(9)], [rng.seed()]];
  const later = Rng.fromState(JSON.parse(text));
  expect([normals(later, 7), uniforms(later, 7), [...later.permutation(9)], [later.seed()]]).toEqual(rest);
  expect(later.state()).toEqual(rng.state());
  expect(normals(Rng.fromState(JSON.parse(text)).fork('x'), 4)).toEqual(normals(rng.fork('x'), 4));
});

test('a state does not change when its source goes on', () => {
  const rng = new Rng(1);
  const state = rng.state();
  normals(rng, 1);
  expect(state).toEqual({ key: [1, 0], counter: 0 });
});

test('a counter beyond 2³² is another draw than its low half', () => {
  const at = (counter: number) => uniforms(Rng.fromState({ key: [1, 2], counter }), 4);
  const counters = [0, 1, 2 ** 31, 2 ** 32, 2 ** 32 + 1, 2 ** 33, 2 ** 52];
  expect(new Set(counters.map(c => JSON.stringify(at(c)))).size).toBe(counters.length);
});

test('refuses a state that is none', () => {
  const bad = [
    {},
    { key: [1], counter: 0 },
    { key: [1, 2] },
    { key: [1, 2], counter: -1 },
    { key: [1, 0.5], counter: 0 },
  ];
  for (const state of bad) {
    expect(() => Rng.fromState(state as never)).toThrow('Rng.fromState: expected { key: [integer, integer], counter }');
  }
});

test('forRows: the noise of an example does not depend on what stands beside it', () => {
  const draw = (rows: number[], samples?: number) => {
    const rng = new Rng(3).forRows(rows);
    const options = samples === undefined ? {} : { samples };
    return tf.tidy(() => rng.normal([rows.length, 5], options).arraySync() as number[][]);
  };
  const whole = draw([0, 1, 2, 3, 4, 5]);
  expect([...draw([0, 1]), ...draw([2, 3, 4]), ...draw([5])]).toEqual(whole);
  expect(draw([4, 0])).toEqual([whole[4], whole[0]]);
  expect(new Set(whole.map(row => JSON.stringify(row))).size).toBe(6);

  const sampled = draw([0, 1, 2], 2) as unknown as number[][][];
  const one = draw([2], 2) as unknown as number[][][];
  expect(one.map(s => s[0])).toEqual(sampled.map(s => s[2]));
  expect(sampled[0]).not.toEqual(sampled[1]);
});

test('forRows: successive draws differ, forks keep the rows, and uniforms follow the same rule', () => {
  const rng = new Rng(3).forRows([7, 8]);
  expect(values(rng.normal([2, 3]))).not.toEqual(values(rng.normal([2, 3])));
  const row = (rows: number[]) => values(new Rng(3).forRows(rows).fork('layer').uniform([rows.length, 4]));
  expect(row([8])).toEqual(row([7, 8]).slice(4));
  const waits = (rows: number[]) => values(new Rng(3).forRows(rows).exponential([rows.length, 4]));
  expect(waits([8])).toEqual(waits([7, 8]).slice(4));
});

test('forSamples: a batch of copies has the noise of that many samples', () => {
  const rng = new Rng(3).forRows([4, 9, 2]);
  const samples = tf.tidy(() => tf.reshape(rng.forSamples(2).fork('dropout').uniform([6, 5]), [2, 3, 5]).arraySync());
  expect(samples).toEqual(tf.tidy(() => rng.fork('dropout').uniform([3, 5], { samples: 2 }).arraySync()));
  const plain = new Rng(3);
  expect(plain.forSamples(2)).toBe(plain);
});

test('forRows: a shape that is not the batch is drawn as without rows', () => {
  expect(values(new Rng(3).forRows([1, 2]).normal([5]))).toEqual(normals(new Rng(3), 5));
  expect(values(new Rng(3).forRows([1]).normal([]))).toEqual(normals(new Rng(3), 1));
});

test('forRows: rows are uncorrelated with each other and with the plain stream, and the source is not moved', () => {
  const n = 10_000;
  const rng = new Rng(4);
  const rows = tf.tidy(() => rng.forRows([0, 1, 2]).normal([3, n]).arraySync() as number[][]);
  const plain = normals(rng, n);
  expect(plain).toEqual(normals(new Rng(4), n));
  const all = [plain, ...rows];
  for (let i = 0; i < all.length; i++) {
    for (let j = 0; j < i; j++) {
      expect(Math.abs(correlation(all[i]!, all[j]!))).toBeLessThan(4.5 / Math.sqrt(n));
    }
  }
});

property.prop([fc.integer(), fc.integer({ min: 0, max: 300 })])('permutation holds every index once', (seed, size) => {
  const order = new Rng(seed).permutation(size);
  expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: size }, (_, i) => i));
});

test('permutation: repeats by seed, moves on, and is uniform over the 24 orders of 4', () => {
  expect(new Rng(1).permutation(50)).toEqual(new Rng(1).permutation(50));
  const rng = new Rng(1);
  expect(rng.permutation(50)).not.toEqual(rng.permutation(50));
  const counts = new Map<string, number>();
  const trials = 24_000;
  for (let i = 0; i < trials; i++) {
    const order = rng.permutation(4).join();
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  expect(counts.size).toBe(24);
  const expected = trials / 24;
  const chiSquared = [...counts.values()].reduce((a, c) => a + (c - expected) ** 2 / expected, 0);
  expect(chiSquared).toBeLessThan(49.7); // 0.1 % point of χ² with 23 degrees of freedom
});

test('seeds for tfjs are integers from 1 to 2³¹ − 1, never 0, and differ', () => {
  const rng = new Rng(0);
  const seeds = Array.from({ length: 20_000 }, () => rng.seed());
  expect(seeds.every(s => Number.isInteger(s) && s >= 1 && s < 2 ** 31)).toBe(true);
  expect(new Set(seeds).size).toBeGreaterThan(19_990);
  expect(Math.abs(mean(seeds) / 2 ** 31 - 0.5)).toBeLessThan(4 / Math.sqrt(12 * seeds.length));
});

test('a drawn seed is a seed that can be given again', () => {
  const seed = drawSeed();
  expect(Number.isSafeInteger(seed)).toBe(true);
  expect(normals(new Rng(seed), 4)).toEqual(normals(new Rng(seed), 4));
});
