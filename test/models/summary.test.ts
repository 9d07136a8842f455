import { inspect } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import { expect, expectTypeOf, test } from 'vitest';
import type { Bernoulli } from '../../src/distributions/bernoulli';
import type { Normal, NormalWithLogVar } from '../../src/distributions/normal';
import { saveVae } from '../../src/io/save-vae';
import { saveWeights } from '../../src/io/weights';
import { convVae } from '../../src/models/conv-vae';
import { freeze } from '../../src/models/freeze';
import { mlpVae } from '../../src/models/mlp-vae';
import type { Vae } from '../../src/models/vae';
import { VaeTrainer } from '../../src/training/trainer';

test('summary: parts, shapes and parameters', () => {
  const vae = mlpVae({ inputShape: [6], latentDim: 2, hidden: [400], conditionDim: 3, seed: 1 });
  freeze(vae, 'encoder/0/bias');
  expect(vae.summary().split('\n')).toEqual([
    'encoder: GaussianEncoder   [6] → [2]  5,604',
    '  0/kernel                 [9, 400]   3,600',
    '  0/bias                   [400]        400  not trained',
    '  head/0/meanKernel        [400, 2]     800',
    '  head/0/meanBias          [2]            2',
    '  head/0/logVarKernel      [400, 2]     800',
    '  head/0/logVarBias        [2]            2',
    'decoder: BernoulliDecoder  [2] → [6]  4,806',
    '  0/kernel                 [5, 400]   2,000',
    '  0/bias                   [400]        400',
    '  1/kernel                 [400, 6]   2,400',
    '  1/bias                   [6]            6',
    'prior: standardNormal      [2]            0',
    '10,410 parameters, 10,010 of them trained',
  ]);
  vae.dispose();
});

test('console.log shows one line, also of a model that has been disposed of', () => {
  const vae = convVae({ inputShape: [4, 4, 1], latentDim: 2, filters: [2], seed: 1 });
  const line =
    'Vae { encoder: GaussianEncoder [4, 4, 1] → [2], decoder: BernoulliDecoder [2] → [4, 4, 1], prior: standardNormal [2] }';
  expect(inspect(vae)).toBe(line);
  vae.dispose();
  expect(inspect(vae)).toBe(line);
});

test('calls after dispose say so in one line and leave nothing; a second dispose does nothing', async () => {
  const vae = mlpVae({ inputShape: [3], latentDim: 2, hidden: [4], seed: 1 });
  const trainer = new VaeTrainer({ model: vae });
  const [x, z] = [tf.zeros([2, 3]), tf.zeros([2, 2])];
  const nowhere = { write: async () => {} };
  vae.dispose();
  vae.dispose();
  const before = tf.memory().numTensors;
  const calls: (() => unknown)[] = [
    () => vae.encode(x),
    () => vae.decode(z),
    () => vae.reconstruct(x),
    () => vae.embed(x),
    () => vae.sample(2),
    () => vae.variables(),
    () => vae.trainableVariables(),
    () => vae.summary(),
    () => saveVae(vae, nowhere),
    () => saveWeights(vae, nowhere),
    () => trainer.fit(x, { epochs: 1, batchSize: 2 }),
    () => trainer.evaluate(x),
    () => trainer.step({ x }),
  ];
  for (const call of calls) {
    await expect((async () => call())()).rejects.toThrow(
      /^(GaussianEncoder|BernoulliDecoder): the model has been disposed of; build it or load it again$/,
    );
    expect(tf.memory().numTensors).toBe(before);
  }
  trainer.dispose();
  tf.dispose([x, z]);
});

test('variables that no file can hold leave no tensors behind', async () => {
  const start = tf.memory().numTensors;
  const a = tf.variable(tf.tidy(() => tf.zeros([2])));
  const c = tf.tidy(() => tf.variable(tf.complex([1, 2], [3, 4])));
  const gone = tf.tidy(() => tf.variable(tf.zeros([2])));
  gone.dispose();
  const before = tf.memory().numTensors;
  const save = (variables: Record<string, tf.Variable>) =>
    saveWeights({ variables: () => variables }, { write: async () => {} });
  await expect(save({ a, c })).rejects.toThrow('saveWeights: cannot save c: dtype complex64');
  await expect(save({ a, gone })).rejects.toThrow('saveWeights: gone has been disposed of');
  expect(tf.memory().numTensors).toBe(before);
  expect(start).toBeLessThan(before);
});

test('mlpVae and convVae know their likelihood by decoder', () => {
  const options = { inputShape: [4, 4, 1], latentDim: 2 };
  expectTypeOf(() => mlpVae(options)).returns.toEqualTypeOf<Vae<NormalWithLogVar, Bernoulli>>();
  expectTypeOf(() => mlpVae({ ...options, decoder: 'bernoulli' })).returns.toEqualTypeOf<
    Vae<NormalWithLogVar, Bernoulli>
  >();
  expectTypeOf(() => convVae({ ...options, decoder: { sigma: 1 } })).returns.toEqualTypeOf<
    Vae<NormalWithLogVar, Normal>
  >();
  const general: Vae[] = [];
  expectTypeOf(general).toEqualTypeOf<Vae[]>();
  expectTypeOf<Vae<NormalWithLogVar, Normal>>().toExtend<Vae>();
});
