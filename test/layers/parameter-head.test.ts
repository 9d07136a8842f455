import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { GaussianHead } from '../../src/layers/gaussian-head';
import { ParameterHead } from '../../src/layers/parameter-head';
import { registerLayers } from '../../src/layers/register-layers';
import { describeBackends, noLeak } from '../support/backends';
import { pixelTensor } from '../support/networks';
import { reload } from './support';

const sizes = { mean: 2, scaleTril: 3 };
const numbers = (ts: tf.Tensor[]) => ts.map(t => Array.from(t.dataSync()));

describeBackends('ParameterHead', () => {
  test('gives one output for each parameter, from features of any rank', () => {
    const head = new ParameterHead({ sizes, seed: 3 });
    const x = pixelTensor(4, 6);
    tf.tidy(() => {
      const flat = head.apply(x) as tf.Tensor[];
      expect(flat.map(t => t.shape)).toEqual([[4, 2], [4, 3]]); // biome-ignore format: two shapes
      const folded = new ParameterHead({ sizes, seed: 3 }).apply(tf.reshape(x, [4, 3, 2])) as tf.Tensor[];
      expect(numbers(folded)).toEqual(numbers(flat));
    });
    expect(head.weights.map(weight => weight.originalName.split('/').at(-1))).toEqual([
      ...['meanKernel', 'meanBias', 'scaleTrilKernel', 'scaleTrilBias'],
    ]);
    noLeak(() => tf.dispose(head.apply(x) as tf.Tensor[]));
    head.dispose();
    x.dispose();
  });

  test('a GaussianHead of the same seed is the same head', () => {
    const x = pixelTensor(4, 6);
    tf.tidy(() => {
      const general = new ParameterHead({ sizes: { mean: 2, logVar: 2 }, seed: 5 }).apply(x) as tf.Tensor[];
      expect(numbers(new GaussianHead({ units: 2, seed: 5 }).apply(x))).toEqual(numbers(general));
    });
    x.dispose();
  });

  test('is saved and loaded within a model', async () => {
    registerLayers();
    const input = tf.input({ shape: [6] });
    const outputs = new ParameterHead({ sizes, seed: 3 }).apply(input) as tf.SymbolicTensor[];
    const model = tf.model({ inputs: input, outputs });
    const again = await reload(model);
    const x = pixelTensor(4, 6);
    tf.tidy(
      () => void expect(numbers(again.predict(x) as tf.Tensor[])).toEqual(numbers(model.predict(x) as tf.Tensor[])),
    );
    for (const one of [model, again, x]) one.dispose();
  });
});

test('what makes no head is refused', () => {
  expect(() => new ParameterHead({ sizes: { mean: 0 } })).toThrow(
    'ParameterHead: sizes must hold positive integers, got [0]',
  );
  expect(() => new ParameterHead({ sizes, seed: 0.5 })).toThrow('ParameterHead: seed must be an integer, got 0.5');
  expect(() => new ParameterHead({ sizes }).apply(tf.input({ shape: [null, 2] }))).toThrow(
    'ParameterHead: features must be one tensor [batch, n] with n known',
  );
});
