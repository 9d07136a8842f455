import * as tf from '@tensorflow/tfjs';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { GaussianHead } from '../../src/layers/gaussian-head';
import { registerLayers } from '../../src/layers/register-layers';
import { describeBackends, noLeak, values } from '../support/backends';
import { distance, finiteDifferences, reload } from './support';

const features = [0.5, -1, 2, 0.25, 3, -0.75];
const weights = (n: number, units: number) => [
  tf.tensor2d(
    Array.from({ length: n * units }, (_, i) => Math.sin(i + 1)),
    [n, units],
  ),
  tf.tensor1d(Array.from({ length: units }, (_, i) => 0.1 * (i + 1))),
  tf.tensor2d(
    Array.from({ length: n * units }, (_, i) => Math.cos(i + 1)),
    [n, units],
  ),
  tf.tensor1d(Array.from({ length: units }, (_, i) => -0.2 * (i + 1))),
];

/** h·W + b of one example in float64. */
function affine(
  h: readonly number[],
  kernel: (i: number) => number,
  bias: (j: number) => number,
  units: number,
): number[] {
  return Array.from({ length: units }, (_, j) => h.reduce((sum, v, i) => sum + v * kernel(i * units + j), bias(j)));
}

describeBackends('GaussianHead', () => {
  test('gives h·W + b for the mean and the log-variance', () => {
    const head = new GaussianHead({ units: 2, weights: weights(3, 2) });
    const [mean, logVar] = head.apply(tf.tensor2d(features, [2, 3]));
    expect(mean.shape).toEqual([2, 2]);
    expect(logVar.shape).toEqual([2, 2]);
    const rows = [features.slice(0, 3), features.slice(3)];
    expect(
      distance(
        values(mean),
        rows.flatMap(h =>
          affine(
            h,
            i => Math.sin(i + 1),
            j => 0.1 * (j + 1),
            2,
          ),
        ),
      ),
    ).toBeLessThan(1e-6);
    expect(
      distance(
        values(logVar),
        rows.flatMap(h =>
          affine(
            h,
            i => Math.cos(i + 1),
            j => -0.2 * (j + 1),
            2,
          ),
        ),
      ),
    ).toBeLessThan(1e-6);
  });

  test('flattens features of more than one axis', () => {
    const flat = new GaussianHead({ units: 3, seed: 5 }).apply(tf.tensor2d(features, [1, 6]));
    const deep = new GaussianHead({ units: 3, seed: 5 }).apply(tf.tensor4d(features, [1, 3, 1, 2]));
    expect(values(deep[0])).toEqual(values(flat[0]));
    expect(values(deep[1])).toEqual(values(flat[1]));
  });

  test('bounds the log-variance softly and keeps ±60 alive', () => {
    const x = tf.tensor2d([60, -60, 4], [3, 1]);
    const one = [tf.ones([1, 1]), tf.zeros([1]), tf.ones([1, 1]), tf.zeros([1])];
    const bounded = new GaussianHead({ units: 1, weights: one });
    const free = new GaussianHead({ units: 1, weights: one, logVarRange: false });
    const outside = 10 + Math.log1p(50);
    expect(distance(values(bounded.apply(x)[1]), [outside, -outside, 4])).toBeLessThan(1e-5);
    expect(values(free.apply(x)[1])).toEqual([60, -60, 4]);
    expect(values(bounded.apply(x)[0])).toEqual([60, -60, 4]);
    const slope = tf.grad(v => tf.sum(bounded.apply(v)[1]))(x);
    expect(distance(values(slope), [1 / 51, 1 / 51, 1])).toBeLessThan(1e-6);
  });

  test('has the gradients of finite differences, for features and for every weight', () => {
    const head = new GaussianHead({ units: 2, logVarRange: [-1, 1], weights: weights(3, 2) });
    const x = tf.tensor2d(features.slice(0, 3), [1, 3]);
    head.apply(x);
    const scalar = ([m, v]: tf.Tensor[]) => tf.add(tf.sum(tf.square(m!)), tf.sum(tf.mul(v!, 3)));
    const soft = (y: number) => Math.sign(y) * (Math.abs(y) > 1 ? 1 + Math.log1p(Math.abs(y) - 1) : Math.abs(y));
    const loss = (p: number[]) => {
      const mean = affine(
        p.slice(0, 3),
        i => p[3 + i]!,
        j => p[9 + j]!,
        2,
      );
      const logVar = affine(
        p.slice(0, 3),
        i => p[11 + i]!,
        j => p[17 + j]!,
        2,
      );
      return mean.reduce((s, m) => s + m * m, 0) + logVar.reduce((s, v) => s + 3 * soft(v), 0);
    };
    const at = [
      ...features.slice(0, 3),
      ...Array.from({ length: 6 }, (_, i) => Math.sin(i + 1)),
      ...[0.1, 0.2],
      ...Array.from({ length: 6 }, (_, i) => Math.cos(i + 1)),
      ...[-0.2, -0.4],
    ];
    const expected = finiteDifferences(loss, at);
    const dx = tf.grad(v => scalar(head.apply(v)))(x);
    const variables = head.weights.map(w => w.read() as tf.Variable);
    const { grads } = tf.variableGrads(() => scalar(head.apply(x)) as tf.Scalar, variables);
    const actual = [...values(dx), ...variables.flatMap(v => values(grads[v.name]!))];
    expect(distance(actual, expected)).toBeLessThan(1e-3);
  });

  test('starts from kernels that the seed gives, other ones for mean and log-variance, and zero biases', () => {
    const start = (seed: number) => {
      const head = new GaussianHead({ units: 4, seed });
      tf.dispose(head.apply(tf.ones([1, 5])));
      return head.getWeights().map(w => Array.from(w.dataSync()));
    };
    const [meanKernel, meanBias, logVarKernel, logVarBias] = start(0);
    expect(start(0)).toEqual([meanKernel, meanBias, logVarKernel, logVarBias]);
    expect(start(1)[0]).not.toEqual(meanKernel);
    expect(meanKernel).not.toEqual(logVarKernel);
    expect([...meanBias!, ...logVarBias!]).toEqual(Array(8).fill(0));
    const limit = Math.sqrt(6 / (5 + 4));
    expect(Math.max(...meanKernel!.map(Math.abs))).toBeLessThanOrEqual(limit);
    expect(Math.max(...meanKernel!.map(Math.abs))).toBeGreaterThan(limit / 2);
  });

  test('comes back from a save with weights, range and seed', async () => {
    registerLayers();
    const x = tf.input({ shape: [2, 3] });
    const model = tf.model({
      inputs: x,
      outputs: new GaussianHead({ units: 2, logVarRange: [-4, 3], name: 'head' }).apply(x),
    });
    const again = await reload(model);
    expect(again.getLayer('head').getConfig()).toEqual(model.getLayer('head').getConfig());
    const batch = tf.tensor3d(features, [1, 2, 3]);
    const [before, after] = [model, again].map(m => (m.predict(batch) as tf.Tensor[]).map(values));
    expect(after).toEqual(before);
  });

  test('leaks nothing, and its model gives every weight back', () => {
    const x = tf.ones([2, 3]);
    noLeak(() => {
      const symbol = tf.input({ shape: [3] });
      const model = tf.model({ inputs: symbol, outputs: new GaussianHead({ units: 2 }).apply(symbol) });
      for (let i = 0; i < 3; i++) tf.dispose(model.apply(x, { training: true }) as tf.Tensor[]);
      tf.dispose(tf.variableGrads(() => tf.sum((model.apply(x) as tf.Tensor[])[1]!) as tf.Scalar));
      model.dispose();
    });
    x.dispose();
  });
});

describe('GaussianHead', () => {
  test('names its weights and reports its shapes', () => {
    const head = new GaussianHead({ units: 7, name: 'named' });
    const [mean, logVar] = head.apply(tf.input({ shape: [4, 2] }));
    expect([mean.shape, logVar.shape]).toEqual([
      [null, 7],
      [null, 7],
    ]);
    const names = ['meanKernel', 'meanBias', 'logVarKernel', 'logVarBias'];
    expect(head.weights.map(w => w.originalName)).toEqual(names.map(name => `named/${name}`));
    expect(head.weights.map(w => w.shape)).toEqual([[8, 7], [7], [8, 7], [7]]);
    expect(head.countParams()).toBe(2 * (8 * 7 + 7));
  });

  test('keeps what it was given in its config, and says which seed it drew', () => {
    const head = new GaussianHead({ units: 3, logVarRange: false, name: 'h', trainable: false });
    expect(Number.isSafeInteger(head.seed)).toBe(true);
    expect(head.getConfig()).toEqual({ name: 'h', trainable: false, units: 3, logVarRange: false, seed: head.seed });
    expect(new GaussianHead({ units: 3 }).getConfig()['logVarRange']).toEqual([-10, 10]);
  });

  test('says what is wrong', () => {
    expect(() => new GaussianHead({ units: 0 })).toThrow('GaussianHead: units must be a positive integer, got 0');
    expect(() => new GaussianHead({ units: 2.5 })).toThrow('got 2.5');
    expect(() => new GaussianHead({ units: 1, seed: 0.5 })).toThrow('GaussianHead: seed must be an integer, got 0.5');
    expect(() => new GaussianHead({ units: 1, logVarRange: [2, 2] })).toThrow('logVarRange must be [low, high]');
    expect(() => new GaussianHead({ units: 1, logVarRange: [Number.NaN, 2] })).toThrow('logVarRange');
    expect(() => new GaussianHead({ units: 1 }).apply(tf.input({ shape: [null, 3] }))).toThrow(
      'GaussianHead: features must be one tensor [batch, n] with n known, got [batch, ?, 3]',
    );
    expect(() => new GaussianHead({ units: 1 }).apply(tf.ones([3]))).toThrow('got [3]');
    const head = new GaussianHead({ units: 1 });
    head.apply(tf.ones([1, 4]));
    expect(() => head.apply(tf.ones([1, 5]))).toThrow(/expected shape/);
  });

  test('has typed results', () => {
    const head = new GaussianHead({ units: 2 });
    expectTypeOf(head.apply(tf.input({ shape: [3] }))).toEqualTypeOf<
      [mean: tf.SymbolicTensor, logVar: tf.SymbolicTensor]
    >();
    const [mean, logVar] = head.apply(tf.ones([1, 3]));
    expectTypeOf(mean).toEqualTypeOf<tf.Tensor>();
    expectTypeOf(logVar).toEqualTypeOf<tf.Tensor>();
    // @ts-expect-error units is required
    expect(() => new GaussianHead({})).toThrow('units');
  });
});
