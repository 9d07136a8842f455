import * as tf from '@tensorflow/tfjs';
import {
  type Family,
  LikelihoodDecoder,
  mlpVae,
  negativeBinomialFamily,
  Poisson,
  poissonFamily,
  Rng,
  VaeTrainer,
  zeroInflatedNegativeBinomialFamily,
} from 'tfjs-vae';
import { beforeAll, expect, test } from 'vitest';
import { values } from '../support/backends';
import { expectClose } from '../support/expect-close';
import { mlp } from '../support/networks';

beforeAll(() => tf.setBackend('cpu'));

const TOTAL = 'exposure/logMedian';
const total = poissonFamily({ exposure: 'total' });

/** A Poisson of three columns whose raw log-rates are 0, with what the family is told. */
function ratesOf(family: Family, given: { target?: tf.Tensor; mask?: tf.Tensor; exposure?: tf.Tensor }): number[] {
  const variables = family.createVariables?.([3]) ?? {};
  variables[TOTAL]?.assign(tf.scalar(Math.log(7)));
  const raw = { logRate: tf.zeros([2, 3]) };
  const rates = family.distribution(raw, { variables, eventRank: 1, training: false, ...given }).mean();
  for (const v of Object.values(variables)) v.dispose();
  return values(rates).filter((_, i) => i % 3 === 0);
}

test('an exposure multiplies the mean', () => {
  tf.tidy(() => {
    const exposure = tf.tensor2d([[2], [5]]);
    expectClose(ratesOf(poissonFamily(), {}), [1, 1]);
    expectClose(ratesOf(poissonFamily(), { exposure }), [2, 5]);
    expectClose(ratesOf(total, { exposure }), [2, 5]);
  });
});

test('a total is the sum of the target, at least 1, and the median where there is no target', () => {
  tf.tidy(() => {
    const target = tf.tensor2d([[3, 0, 4], [0, 0, 0]]); // biome-ignore format: rows
    expectClose(ratesOf(total, { target }), [7, 1]);
    expectClose(ratesOf(total, { target: tf.cast(target, 'int32') }), [7, 1]);
    expectClose(ratesOf(total, {}), [7, 7]);
  });
});

test('with a mask, a total is scaled up from what was observed, whatever the rest holds', () => {
  tf.tidy(() => {
    const target = tf.tensor2d([3, Number.NaN, 4, Number.NaN, Number.NaN, Number.NaN], [2, 3]);
    const mask = tf.tensor2d([1, 0, 1, 0, 0, 0], [2, 3]);
    expectClose(ratesOf(total, { target, mask }), [10.5, 1]);
    expectClose(ratesOf(total, { target: tf.fill([2, 3], 2), mask: tf.tensor2d([[1], [0]]) }), [6, 1]);
  });
});

test('data with an exposure of their own leave no room for a total', () => {
  tf.tidy(() => {
    const given = { target: tf.ones([2, 3]), exposure: tf.ones([2, 1]) };
    expect(() => ratesOf(total, given)).toThrow("poissonFamily: exposure 'total' takes Σx of the target: leave out");
  });
});

test('training remembers the median total of the examples that count, for decode and sample', async () => {
  const vae = mlpVae({ inputShape: [4], latentDim: 2, hidden: [8], likelihood: total, seed: 1 });
  // Totals 40, 80, …, 320 and, of weight 0, a huge one.
  const rows = Array.from({ length: 8 }, (_, i) => Array<number>(4).fill(10 * (i + 1)));
  const x = tf.tensor2d([...rows, Array<number>(4).fill(1e4)]);
  const weights = tf.tensor1d([1, 1, 1, 1, 1, 1, 1, 1, 0]);
  const trainer = new VaeTrainer({ model: vae, seed: 2 });
  await trainer.fit({ x, weights }, { epochs: 5, batchSize: 9 });
  const [median] = values(tf.clone(vae.variables()[`decoder/${TOTAL}`]!));
  expect([160, 200].some(middle => Math.abs(Math.exp(median!) - middle) < 0.1)).toBe(true);
  tf.tidy(() => {
    const z = tf.zeros([1, 2]);
    const [plain, told] = [{}, { exposure: tf.tensor1d([2 * Math.exp(median!)]) }].map(o => vae.decode(z, o).mean());
    expectClose(values(told!), values(tf.mul(2, plain!)));
    expect(values(vae.sample(3, { seed: 1 })).every(Number.isFinite)).toBe(true);
  });
  const before = median;
  await trainer.evaluate(x);
  expect(values(tf.clone(vae.variables()[`decoder/${TOTAL}`]!))).toEqual([before]);
  tf.dispose([x, weights]);
  trainer.dispose();
  vae.dispose();
});

test('a total makes log p that of the target under its own sum', () => {
  tf.tidy(() => {
    const decoder = new LikelihoodDecoder({ network: mlp([2, 3]), likelihood: total });
    const [z, target] = [new Rng(1).normal([5, 2]), tf.floor(tf.mul(9, new Rng(2).uniform([5, 3])))];
    const totals = tf.log(tf.maximum(tf.sum(target, -1, true), 1));
    const logRate = tf.add(decoder.decode(z, { exposure: tf.ones([5]) }).params['logRate']!, totals);
    expectClose(
      values(decoder.decode(z, { target }).logProb(target)),
      values(new Poisson({ logRate }).logProb(target)),
    );
    decoder.dispose();
  });
});

test.each([
  [
    () => poissonFamily({ exposure: 'Total' as 'total' }),
    `poissonFamily: exposure must be 'total' or left out, got "Total"`,
  ],
  [
    () => negativeBinomialFamily({ dispersion: 0 }),
    "negativeBinomialFamily: dispersion must be a positive number, 'shared'",
  ],
  [() => zeroInflatedNegativeBinomialFamily({ dispersion: 'gene' as 'shared' }), 'got "gene"'],
  [() => negativeBinomialFamily().createVariables!([null, 3]), 'the event must have known sizes, got [any, 3]; take'],
])('an option that is none is refused: %#', (make, message) => {
  expect(make).toThrow(message);
});
