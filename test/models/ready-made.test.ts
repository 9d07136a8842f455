import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { convVae } from '../../src/models/conv-vae';
import { mlpVae } from '../../src/models/mlp-vae';
import type { Vae } from '../../src/models/vae';
import { VaeTrainer } from '../../src/training/trainer';
import { describeBackends } from '../support/backends';
import { pixelTensor, weightsOf } from '../support/networks';

const makers: [string, (seed: number) => Vae][] = [
  ['mlpVae', seed => mlpVae({ inputShape: [4, 4, 1], latentDim: 2, hidden: [5, 4], seed })],
  ['convVae', seed => convVae({ inputShape: [4, 4, 1], latentDim: 2, filters: [2, 3], seed })],
];

/** Weights as they are on the first backend that asks. */
const first = new Map<string, Record<string, number[]>>();

describeBackends('ready-made networks', () => {
  test.each(makers)('%s: a seed gives the same weights on every backend, another seed others', (name, make) => {
    const [a, b, c] = [make(7), make(7), make(8)].map(vae => {
      const weights = weightsOf(vae);
      vae.dispose();
      return weights;
    });
    expect(b).toEqual(a);
    for (const [path, weights] of Object.entries(a!)) {
      if (/bias$/i.test(path)) continue;
      expect(c![path], path).not.toEqual(weights);
    }
    if (!first.has(name)) first.set(name, a!);
    expect(a).toEqual(first.get(name));
  });

  test('no two kernels of one model start alike', () => {
    const vae = mlpVae({ inputShape: [4], latentDim: 4, hidden: [4, 4], seed: 1 });
    const kernels = Object.entries(weightsOf(vae)).filter(([path]) => /kernel$/i.test(path));
    expect(new Set(kernels.map(([, k]) => k.join())).size).toBe(kernels.length);
    vae.dispose();
  });

  test.each([
    ['bernoulli', 'bernoulli' as const],
    ['shared', { sigma: 'shared', mean: 'sigmoid' } as const],
    ['perElement', { sigma: 'perElement' } as const],
    ['optimal', { sigma: 'optimal' } as const],
  ])('both train and give images back, decoder %s, conditional', async (_, decoder) => {
    const start = tf.memory().numTensors;
    const options = { inputShape: [4, 4, 1], latentDim: 2, conditionDim: 3, decoder, seed: 1 };
    for (const vae of [mlpVae({ ...options, hidden: [5] }), convVae({ ...options, filters: [2, 3] })]) {
      const trainer = new VaeTrainer({ model: vae, seed: 1 });
      const x = tf.tidy(() => tf.reshape(pixelTensor(8, 16), [8, 4, 4, 1]));
      const condition = tf.oneHot([0, 1, 2, 0, 1, 2, 0, 1], 3);
      const { history } = await trainer.fit({ x, condition }, { epochs: 2, batchSize: 4 });
      expect(history['loss']!.every(Number.isFinite)).toBe(true);
      const fresh = vae.sample(8, { condition });
      expect(fresh.shape).toEqual([8, 4, 4, 1]);
      tf.dispose([x, condition, fresh]);
      trainer.dispose();
      vae.dispose();
    }
    expect(tf.memory().numTensors).toBe(start);
  });
});

test('sizes that make no network are refused', () => {
  expect(() => mlpVae({ inputShape: [], latentDim: 2 })).toThrow('mlpVae: inputShape must hold at least one size');
  expect(() => mlpVae({ inputShape: [4], latentDim: 0 })).toThrow(
    'mlpVae: latentDim must hold positive integers, got [0]',
  );
  expect(() => mlpVae({ inputShape: [4], latentDim: 2, hidden: [3.5] })).toThrow(
    'hidden must hold positive integers, got [3.5]',
  );
  expect(() => mlpVae({ inputShape: [4], latentDim: 2, conditionDim: 0 })).toThrow(
    'conditionDim must hold positive integers',
  );
  expect(() => mlpVae({ inputShape: [4], latentDim: 2, decoder: 'gaussian' as 'bernoulli' })).toThrow(
    "mlpVae: decoder must be 'bernoulli' or the options of a GaussianDecoder, got 'gaussian'",
  );
  expect(() => convVae({ inputShape: [6, 6, 1], latentDim: 2 })).toThrow(
    'convVae: inputShape must be [height, width, channels] with sides divisible by 4 for 2 filters, got [6,6,1]',
  );
  expect(() => convVae({ inputShape: [8, 8], latentDim: 2 })).toThrow(
    'convVae: inputShape must be [height, width, channels]',
  );
  expect(() => convVae({ inputShape: [8, 8, 1], latentDim: 2, kernelSize: 0 })).toThrow(
    'kernelSize must hold positive integers',
  );
});
