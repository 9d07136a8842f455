import * as tf from '@tensorflow/tfjs';
import {
  bernoulliFamily,
  categoricalFamily,
  columnsFamily,
  columnsToInput,
  gaussianFamily,
  loadVae,
  logNormalFamily,
  mlpVae,
  poissonFamily,
  Rng,
  saveVae,
  tableColumns,
  tableValues,
  VaeTrainer,
} from 'tfjs-vae';
import { expect, test } from 'vitest';
import { describeBackends, noLeak } from '../support/backends';
import { expectClose } from '../support/expect-close';

const NONE = Number.NaN;
const columns = () => ({
  height: gaussianFamily({ sigma: 'shared' }),
  income: logNormalFamily({ scale: 'shared' }),
  visits: poissonFamily(),
  sick: bernoulliFamily(),
  species: categoricalFamily({ classes: 3 }),
});
const units = { height: { centre: 170, spread: 10 }, income: { spread: 1000 } };
const context = { rng: new Rng(1), training: true };

/** A table in which each column says something of the others; about a fifth is missing. */
function draw(count: number): Float32Array {
  const rng = new Rng(2);
  const [u, gone] = [rng.uniformValues(6 * count), rng.uniformValues(5 * count)];
  return Float32Array.from({ length: 5 * count }, (_, i) => {
    const [row, column] = [Math.floor(i / 5), i % 5];
    const [t, v] = [u[6 * row]!, u[6 * row + 1 + column]!];
    const value = [160 + 20 * t + v, 500 + 2000 * t * v, Math.floor(6 * t * v), Number(v < t), Math.floor(3 * v * t)];
    return gone[i]! < 0.2 ? NONE : value[column]!;
  });
}

const dataOf = (count: number) => ({ values: draw(count), shape: [count, 5] });
const modelOf = () => {
  const likelihood = columnsFamily({ columns: columns(), units });
  return mlpVae({
    inputShape: [columnsToInput({ columns: columns(), units }).size],
    latentDim: 2,
    hidden: [8],
    likelihood,
    seed: 1,
  });
};

describeBackends('columnsToInput', () => {
  test('makes numbers of a like size, and a flag for each missing value', () => {
    const toInput = columnsToInput({ columns: columns(), units });
    expect(toInput.size).toBe(12);
    noLeak(() => {
      const x = tf.tensor2d([
        [180, 1000 * Math.E, 0, 1, 2],
        [NONE, NONE, NONE, NONE, NONE],
      ]);
      const made = toInput({ x }, context);
      expectClose(Array.from(made.x.dataSync()), [
        ...[1, 1, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0],
        ...[0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1],
      ]);
      expect(Array.from(made.target!.dataSync()).map(Number.isNaN)).toEqual(
        Array.from({ length: 10 }, (_, i) => i > 4),
      );
      tf.dispose([x, made.x, made.target!]);
    });
  });

  test('a mask of 0 is a missing value, and is used up', () => {
    const toInput = columnsToInput({ columns: columns() });
    noLeak(() => {
      const [x, mask] = [tf.tensor2d([[1, 2, 3, 1, 0]]), tf.tensor2d([[1, 1, 0, 1, 1]])];
      const made = toInput({ x, mask }, context);
      expect(made.mask).toBeUndefined();
      expectClose(Array.from(made.x.dataSync()).slice(-5), [0, 0, 1, 0, 0]);
      expect(Array.from(made.target!.dataSync()).map(Number.isNaN)).toEqual([false, false, true, false, false]);
      tf.dispose([x, mask, made.x, made.target!]);
    });
  });

  test('a table with missing values trains, is saved and loaded', async () => {
    const before = tf.memory().numTensors;
    const vae = modelOf();
    expect(Object.keys(vae.variables())).toContain('decoder/height/sigma/logVar');
    const toInput = columnsToInput({ columns: columns(), units });
    const trainer = new VaeTrainer({ model: vae, transforms: [toInput], learningRate: 0.01, seed: 1 });
    const data = dataOf(64);
    const first = await trainer.evaluate(data);
    await trainer.fit(data, { epochs: 20, batchSize: 32 });
    const last = await trainer.evaluate(data);
    expect(Number.isFinite(first.loss)).toBe(true);
    expect(last.loss).toBeLessThan(first.loss - 1);
    const files: Uint8Array[] = [];
    await saveVae(vae, { write: async bytes => void files.push(bytes) });
    const { GaussianEncoder, LikelihoodDecoder } = await import('tfjs-vae');
    const again = await loadVae(files[0]!, { parts: [GaussianEncoder, LikelihoodDecoder] });
    const z = tf.zeros([2, 2]);
    const [a, b] = [vae, again].map(one => tf.tidy(() => Array.from(one.decode(z).mean().dataSync())));
    expect(b).toEqual(a);
    expect(a![0]).toBeGreaterThan(120);
    for (const one of [trainer, vae, again, z]) one.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

test('NaN is refused where the encoder would see it, and by every other likelihood', async () => {
  const vae = mlpVae({ inputShape: [5], latentDim: 2, hidden: [4], likelihood: columnsFamily({ columns: columns() }) });
  const plain = mlpVae({ inputShape: [5], latentDim: 2, hidden: [4], likelihood: gaussianFamily({ sigma: 1 }) });
  const refusal = (model: typeof vae | typeof plain, transforms: object) =>
    expect(new VaeTrainer({ model, seed: 1, ...transforms }).fit(dataOf(8), { epochs: 1 })).rejects;
  await refusal(vae, {}).toThrow('give the trainer the transform columnsToInput');
  await refusal(plain, {}).toThrow(/x holds NaN at example \d; replace it/);
  for (const one of [vae, plain]) one.dispose();
});

test('a value outside of its column is refused before the first step, and after the transform', async () => {
  const model = modelOf();
  const trainer = new VaeTrainer({ model, transforms: [columnsToInput({ columns: columns(), units })], seed: 1 });
  const data = { values: Float32Array.from([170, 1000, 1.5, 0, 0]), shape: [1, 5] };
  await expect(trainer.fit(data, { epochs: 1 })).rejects.toThrow(/1\.5.*counts/);
  await expect(trainer.fit({ values: new Float32Array(4), shape: [1, 4] }, { epochs: 1 })).rejects.toThrow(
    '[batch, 5]',
  );
  for (const one of [trainer, model]) one.dispose();
});

test('tableColumns guesses kinds, units and labels from rows', () => {
  const rows = [
    { height: 150, income: 10.5, visits: 3, sick: true, species: 'dog', score: -1.5 },
    { height: 170, income: 1000.5, visits: null, sick: false, species: '', score: 2 },
    { height: Number.NaN, income: 40, visits: 0, sick: true, species: 'cat', score: 0 },
  ];
  const table = tableColumns(rows, { height: 'real' });
  const kinds = Object.fromEntries(Object.entries(table.columns).map(([name, { kind }]) => [name, kind]));
  expect(kinds).toEqual({
    height: 'gaussian',
    income: 'logNormal',
    visits: 'negativeBinomial',
    sick: 'bernoulli',
    species: 'categorical',
    score: 'gaussian',
  });
  expect(table.labels).toEqual({ species: ['cat', 'dog'] });
  expect(table.units['height']).toEqual({ centre: 160, spread: 10 });
  expect(table.units['income']!.spread).toBeCloseTo(Math.cbrt(10.5 * 1000.5 * 40), 6);
  const { values, shape } = tableValues(rows, table);
  expect(shape).toEqual([3, 6]);
  expect(Array.from(values)).toEqual([
    ...[150, 10.5, 3, 1, 1, -1.5],
    ...[170, 1000.5, NONE, 0, NONE, 2],
    ...[NONE, 40, 0, 1, 0, 0],
  ]);
  expect(columnsFamily(table).support).toEqual([
    'real',
    'positive',
    'counts',
    'unitInterval',
    { categories: 2 },
    'real',
  ]);
  expect(columnsToInput(table).size).toBe(13);
  expect(() => tableValues([{ species: 'bird' }], table)).toThrow(
    "species must be one of cat, dog, got 'bird' in row 0",
  );
});

test.each<[string, () => unknown, string]>([
  ['no column', () => columnsFamily({ columns: {} }), 'columns must have at least one column'],
  ['a path', () => columnsFamily({ columns: { 'a/b': bernoulliFamily() } }), "a word without /, got 'a/b'"],
  ['units of nothing', () => columnsToInput({ columns: columns(), units: { size: {} } }), 'units has size'],
  ['units of counts', () => columnsToInput({ columns: columns(), units: { visits: {} } }), 'units of visits'],
  [
    'a spread of 0',
    () => columnsFamily({ columns: columns(), units: { height: { spread: 0 } } }),
    'must be a finite centre and a positive spread',
  ],
  [
    'a centre of positive values',
    () => columnsFamily({ columns: columns(), units: { income: { centre: 1 } } }),
    'the centre of income must be 0',
  ],
  ['an unknown kind', () => tableColumns({ a: 'text' as never }), 'the kind of a must be'],
  ['a column without values', () => tableColumns([{ a: null }]), 'column a has no value'],
  ['kinds of nothing', () => tableColumns([{ a: 1 }], { b: 'real' }), 'kinds has b'],
  ['a factory', () => columnsFamily({ columns: { a: bernoulliFamily as never } }), 'column a must be a family'],
])('%s is refused', (_, make, message) => {
  expect(make).toThrow(message);
});
