import * as tf from '@tensorflow/tfjs';
import { expect, expectTypeOf, test } from 'vitest';
import type { Normal } from '../../src/distributions/normal';
import { bernoulliFamily } from '../../src/families/bernoulli-family';
import { gaussianFamily } from '../../src/families/gaussian-family';
import { normalFamily } from '../../src/families/normal-family';
import { convVae } from '../../src/models/conv-vae';
import { LikelihoodDecoder } from '../../src/models/likelihood-decoder';
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

test('take any likelihood and posterior, and ask them how wide the networks are', () => {
  const families = {
    likelihood: gaussianFamily({ sigma: 'perElement', mean: 'sigmoid' }),
    posterior: normalFamily({ logVarRange: [-2, 2] }),
  };
  const options = { inputShape: [4, 4, 3], latentDim: 2, seed: 1, ...families };
  for (const vae of [mlpVae({ ...options, hidden: [5] }), convVae({ ...options, filters: [2, 3] })]) {
    expect(vae.outputShape).toEqual([4, 4, 3]);
    expect(vae.decoder).toBeInstanceOf(LikelihoodDecoder);
    expect((vae.networks()['decoder'] as tf.LayersModel).outputs[0]!.shape).toEqual([null, 4, 4, 6]);
    tf.tidy(() => {
      const posterior = vae.encode(tf.fill([1, 4, 4, 3], 50));
      expectTypeOf(posterior).toExtend<Normal>();
      expect(posterior.params.logVar.shape).toEqual([1, 2]);
    });
    vae.dispose();
  }
});

test('the families of the defaults give the same model', () => {
  const options = { inputShape: [4], latentDim: 2, hidden: [5], seed: 3 };
  const plain = mlpVae(options);
  const named = mlpVae({ ...options, likelihood: bernoulliFamily(), posterior: normalFamily() });
  expect(weightsOf(named)).toEqual(weightsOf(plain));
  const x = pixelTensor(3, 4);
  const of = (vae: Vae) => tf.tidy(() => Array.from(vae.reconstruct(x).dataSync()));
  expect(of(named)).toEqual(of(plain));
  for (const one of [plain, named, x]) one.dispose();
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
  expect(() => mlpVae({ inputShape: [4], latentDim: 2, decoder: 'bernoulli', likelihood: bernoulliFamily() })).toThrow(
    'mlpVae: give either decoder or likelihood',
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
