import * as tf from '@tensorflow/tfjs';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { Dropout, type DropoutOptions } from '../../src/layers/dropout';
import { registerLayers } from '../../src/layers/register-layers';
import { Rng } from '../../src/random/rng';
import { describeBackends, noLeak, values } from '../support/backends';
import { distance, reload } from './support';

const train = (layer: Dropout, x: tf.Tensor) => values(layer.apply(x, { training: true }));
const drop = (options: Partial<DropoutOptions> = {}) => new Dropout({ rate: 0.25, seed: 7, name: 'drop', ...options });

describeBackends('Dropout', () => {
  test('is x·m / (1 − rate) with the mask of the seed and the name, call by call', () => {
    const layer = drop();
    const noise = new Rng(7).fork('drop');
    const x = tf.range(1, 25);
    for (let call = 0; call < 3; call++) {
      const kept = values(noise.uniform([24])).map(u => (u >= 0.25 ? 1 : 0));
      const expected = kept.map((m, i) => (m * (i + 1)) / 0.75);
      expect(distance(train(layer, x), expected)).toBeLessThan(1e-6);
    }
  });

  test('keeps the mean, and drops the share that was asked for', () => {
    const n = 40_000;
    const out = train(drop(), tf.ones([n]));
    const dropped = out.filter(v => v === 0).length / n;
    const fourSigma = 4 * Math.sqrt((0.25 * 0.75) / n);
    expect(Math.abs(dropped - 0.25)).toBeLessThan(fourSigma);
    expect(Math.abs(out.reduce((a, b) => a + b, 0) / n - 1)).toBeLessThan(fourSigma / 0.75);
  });

  test('is the identity outside of training and at rate 0', () => {
    const x = tf.tensor1d([1, -2, 3]);
    expect(values(drop().apply(x))).toEqual([1, -2, 3]);
    expect(train(drop({ rate: 0 }), x)).toEqual([1, -2, 3]);
  });

  test('passes the gradient through the units that it keeps', () => {
    const [forward, backward] = [drop(), drop()];
    const x = tf.ones([16]);
    const gradient = tf.grad(v => tf.sum(backward.apply(v, { training: true })))(x);
    expect(values(gradient)).toEqual(train(forward, x));
  });

  test('shares the mask along the axes of size 1 in noiseShape', () => {
    const out = train(drop({ rate: 0.5, noiseShape: [null, 1, 3] }), tf.ones([4, 5, 3]));
    for (let b = 0; b < 4; b++) {
      const rows = Array.from({ length: 5 }, (_, r) => out.slice((b * 5 + r) * 3, (b * 5 + r) * 3 + 3));
      for (const row of rows) expect(row).toEqual(rows[0]);
    }
    expect(new Set(out)).toEqual(new Set([0, 2]));
  });

  test('leaks nothing', () => {
    const layer = drop();
    const x = tf.ones([8]);
    noLeak(() => {
      train(layer, x);
      values(layer.apply(x));
      tf.tidy(() => void layer.apply(x, { training: true }));
    });
  });
});

describe('Dropout', () => {
  test('draws a fresh mask at every training call, the same again by seed and name, unshifted by predictions', () => {
    const x = tf.ones([64]);
    const [first, second, other] = [drop(), drop(), drop({ name: 'other' })];
    const masks = [1, 2, 3].map(() => train(first, x));
    expect(new Set(masks.map(m => m.join())).size).toBe(3);
    const again = [1, 2, 3].map(() => {
      values(second.apply(x));
      return train(second, x);
    });
    expect(again).toEqual(masks);
    expect(train(other, x)).not.toEqual(masks[0]);
  });

  test('comes back from a save, in a sequential model with an input shape', async () => {
    registerLayers();
    const model = tf.sequential({ layers: [drop({ rate: 0.5, noiseShape: [null, 1], inputShape: [6] })] });
    const again = await reload(model);
    expect(again.layers[0]!.getConfig()).toEqual(model.layers[0]!.getConfig());
    expect(again.layers[0]!.getConfig()).toMatchObject({ rate: 0.5, seed: 7, noiseShape: [null, 1] });
    const x = tf.ones([32, 6]);
    const [before, after] = [model, again].map(m => values(m.apply(x, { training: true }) as tf.Tensor));
    expect(after).toEqual(before);
    const plain = await reload(tf.sequential({ layers: [new Dropout({ rate: 0.1, inputShape: [2] })] }));
    expect(plain.layers[0]!.getConfig()['noiseShape']).toBeNull();
    expect(values(plain.apply(tf.ones([1, 2]), { training: true }) as tf.Tensor)).toHaveLength(2);
  });

  test('says what is wrong', () => {
    expect(() => drop({ rate: 1 })).toThrow('Dropout: rate must be in [0, 1), got 1');
    expect(() => drop({ rate: -0.1 })).toThrow('got -0.1');
    expect(() => drop({ rate: Number.NaN })).toThrow('got NaN');
    expect(() => drop({ seed: 1.5 })).toThrow('Dropout: seed must be an integer, got 1.5');
    expect(() => train(drop({ noiseShape: [2, 1] }), tf.ones([3, 4]))).toThrow(
      'Dropout: noiseShape must have 1, null or the size of the input on each axis of [3, 4], got [2,1]',
    );
    expect(() => train(drop({ noiseShape: [1] }), tf.ones([3, 4]))).toThrow('noiseShape');
  });

  test('has typed results', () => {
    expectTypeOf(drop().apply(tf.input({ shape: [3] }))).toEqualTypeOf<tf.SymbolicTensor>();
    expectTypeOf(drop().apply(tf.ones([3]))).toEqualTypeOf<tf.Tensor>();
  });
});
