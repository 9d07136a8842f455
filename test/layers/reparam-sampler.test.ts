import * as tf from '@tensorflow/tfjs';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { GaussianHead } from '../../src/layers/gaussian-head';
import { registerLayers } from '../../src/layers/register-layers';
import { ReparamSampler, type ReparamSamplerOptions } from '../../src/layers/reparam-sampler';
import { Rng } from '../../src/random/rng';
import { describeBackends, noLeak, values } from '../support/backends';
import { distance, finiteDifferences, reload } from './support';

const mean = [0.5, -1, 2, 0, 3, -7];
const logVar = [0, -2, 1.5, -60, 4, 60];
const moments = (): [tf.Tensor, tf.Tensor] => [tf.tensor2d(mean, [3, 2]), tf.tensor2d(logVar, [3, 2])];
const epsilons = (seed: number, name: string, stream: 'train' | 'predict', calls: number): number[][] => {
  const rng = new Rng(seed).fork(name).fork(stream);
  return Array.from({ length: calls }, () => values(rng.normal([3, 2])));
};
const formula = (m: readonly number[], v: readonly number[], noise: readonly number[]): number[] =>
  m.map((mu, i) => mu + Math.exp(v[i]! / 2) * noise[i]!);

function vae(options: ReparamSamplerOptions = {}): tf.LayersModel {
  const x = tf.input({ shape: [3] });
  const head = new GaussianHead({ units: 2, seed: 3, name: 'head' }).apply(x);
  return tf.model({ inputs: x, outputs: new ReparamSampler({ seed: 7, name: 'z', ...options }).apply(head) });
}

describeBackends('ReparamSampler', () => {
  test('is mean + exp(½ logVar)·ε with the ε of the seed and the name, call by call', () => {
    const layer = new ReparamSampler({ seed: 7, name: 'z' });
    const input = moments();
    for (const stream of ['train', 'predict'] as const) {
      for (const noise of epsilons(7, 'z', stream, 3)) {
        const z = values(layer.apply(input, { training: stream === 'train' }));
        expect(distance(z, formula(mean, logVar, noise))).toBeLessThan(1e-5);
      }
    }
  });

  test('has the gradients of finite differences in mean and logVar, alive at logVar = ±60', () => {
    const [noise] = epsilons(7, 'z', 'train', 1);
    const weight = [1, -2, 3, 4, 0.5, 1e-9];
    const loss = (p: number[]) => formula(p.slice(0, 6), p.slice(6), noise!).reduce((s, z, i) => s + weight[i]! * z, 0);
    const expected = finiteDifferences(loss, [...mean, ...logVar]);
    const layer = new ReparamSampler({ seed: 7, name: 'z' });
    const grads = tf.grads((m: tf.Tensor, v: tf.Tensor) =>
      tf.sum(tf.mul(layer.apply([m, v], { training: true }), tf.tensor2d(weight, [3, 2]))),
    )(moments());
    const [dMean, dLogVar] = grads.map(values);
    expect(distance(dMean!, expected.slice(0, 6))).toBeLessThan(1e-3);
    expect(distance(dLogVar!, expected.slice(6))).toBeLessThan(1e-3);
    const live = noise!.map((e, i) => (weight[i]! * e * Math.exp(logVar[i]! / 2)) / 2);
    for (const i of [3, 5]) expect(Math.abs(dLogVar![i]! / live[i]! - 1)).toBeLessThan(1e-4);
  });

  test('is the mean in predictions with inference: mean, and samples in training still', () => {
    const layer = new ReparamSampler({ seed: 7, name: 'z', inference: 'mean' });
    const input = moments();
    expect(values(layer.apply(input))).toEqual(mean);
    expect(values(layer.apply(input, { training: false }))).toEqual(mean);
    const [noise] = epsilons(7, 'z', 'train', 1);
    expect(distance(values(layer.apply(input, { training: true })), formula(mean, logVar, noise!))).toBeLessThan(1e-5);
  });

  test('comes back from a save: config, weights, and predictions where they are deterministic', async () => {
    registerLayers();
    const model = vae({ inference: 'mean' });
    const again = await reload(model);
    expect(again.getLayer('z').getConfig()).toEqual(model.getLayer('z').getConfig());
    const x = tf.randomUniform([4, 3], -1, 1, 'float32', 1);
    expect(values(again.predict(x) as tf.Tensor)).toEqual(values(model.predict(x) as tf.Tensor));
    const noisy = await reload(vae());
    expect(values(noisy.predict(x) as tf.Tensor)).toEqual(values(vae().predict(x) as tf.Tensor));
  });

  test('leaks nothing, in a tidy and outside of one', () => {
    const model = vae();
    const x = tf.ones([2, 3]);
    noLeak(() => {
      (model.predict(x) as tf.Tensor).dispose();
      (model.apply(x, { training: true }) as tf.Tensor).dispose();
      tf.tidy(() => void model.apply(x, { training: true }));
      tf.dispose(tf.variableGrads(() => tf.sum(model.apply(x, { training: true }) as tf.Tensor) as tf.Scalar));
    });
  });
});

describe('ReparamSampler', () => {
  test('draws anew at every call, and the same in another model of the same seed and names', () => {
    const x = tf.ones([2, 3]);
    const run = (model: tf.LayersModel) => [1, 2].map(() => values(model.apply(x, { training: true }) as tf.Tensor));
    const first = run(vae());
    expect(first[0]).not.toEqual(first[1]);
    expect(run(vae())).toEqual(first);
    expect(run(vae({ seed: 8 }))).not.toEqual(first);
    expect(run(vae({ name: 'other' }))).not.toEqual(first);
    expect(run(vae({ seed: 0 }))).toEqual(run(vae({ seed: 0 })));
  });

  test('lets predictions draw from a stream of their own', () => {
    const x = tf.ones([2, 3]);
    const train = (model: tf.LayersModel) => values(model.apply(x, { training: true }) as tf.Tensor);
    const [quiet, asked] = [vae(), vae()];
    train(quiet);
    train(asked);
    const predictions = [1, 2].map(() => values(asked.predict(x) as tf.Tensor));
    expect(predictions[0]).not.toEqual(predictions[1]);
    expect(train(asked)).toEqual(train(quiet));
  });

  test('hears of training inside nested models', () => {
    const inner = vae({ inference: 'mean' });
    const x = tf.input({ shape: [3] });
    const outer = tf.model({ inputs: x, outputs: inner.apply(x) as tf.SymbolicTensor });
    const batch = tf.ones([2, 3]);
    expect(values(outer.predict(batch) as tf.Tensor)).toEqual(values(inner.predict(batch) as tf.Tensor));
    const trained = values(outer.apply(batch, { training: true }) as tf.Tensor);
    expect(trained).toEqual(values(vae().apply(batch, { training: true }) as tf.Tensor));
  });

  test('reports the seed that it drew', () => {
    const layer = new ReparamSampler({ name: 'z' });
    expect(layer.getConfig()).toEqual({ name: 'z', trainable: true, seed: layer.seed, inference: 'sample' });
    expect(new ReparamSampler().seed).not.toBe(layer.seed);
    const again = new ReparamSampler({ name: 'z', seed: layer.seed });
    expect(values(again.apply(moments()))).toEqual(values(layer.apply(moments())));
  });

  test('has the shape of its inputs', () => {
    const symbols = [tf.input({ shape: [2, 5] }), tf.input({ shape: [2, 5] })] as [
      tf.SymbolicTensor,
      tf.SymbolicTensor,
    ];
    expect(new ReparamSampler().apply(symbols).shape).toEqual([null, 2, 5]);
  });

  test('says what is wrong', () => {
    expect(() => new ReparamSampler({ seed: Number.NaN })).toThrow('ReparamSampler: seed must be an integer, got NaN');
    expect(() => new ReparamSampler({ inference: 'mode' as 'mean' })).toThrow(
      `ReparamSampler: inference must be 'sample' or 'mean', got "mode"`,
    );
    const differ = 'ReparamSampler: mean and logVar must have one shape, got [batch, 2] and [batch, 3]';
    expect(() => new ReparamSampler().apply([tf.input({ shape: [2] }), tf.input({ shape: [3] })])).toThrow(differ);
    const built = new ReparamSampler();
    built.apply([tf.ones([1, 2]), tf.ones([1, 2])]);
    expect(() => built.apply([tf.ones([1, 2]), tf.ones([2, 2])])).toThrow('got [1, 2] and [2, 2]');
    const alone = tf.ones([1, 2]) as tf.Tensor as unknown as [tf.Tensor, tf.Tensor];
    expect(() => new ReparamSampler().apply(alone)).toThrow('expected [mean, logVar], got one input');
  });

  test('has typed results', () => {
    const layer = new ReparamSampler({ seed: 1 });
    const head = new GaussianHead({ units: 2 });
    expectTypeOf(layer.apply(head.apply(tf.input({ shape: [3] })))).toEqualTypeOf<tf.SymbolicTensor>();
    expectTypeOf(layer.apply(head.apply(tf.ones([1, 3])))).toEqualTypeOf<tf.Tensor>();
  });
});
