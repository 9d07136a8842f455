import * as tf from '@tensorflow/tfjs';
import {
  ConditionalPrior,
  defineFamily,
  type Family,
  type FamilyDeclaration,
  LikelihoodDecoder,
  mlpVae,
  Normal,
  normalFamily,
  PosteriorEncoder,
} from 'tfjs-vae';
import { expect, test } from 'vitest';
import { mlp } from '../support/networks';

/** A unit Gaussian that declares one thing otherwise, as JavaScript lets it. */
function unitFamily(changes: object): Family {
  return defineFamily('unit', () => ({
    parameters: (size: number) => ({ mean: size }),
    distribution: ({ mean }, { eventRank }) => new Normal({ mean, logVar: tf.scalar(0), eventRank }),
    ...(changes as Partial<FamilyDeclaration<Normal, 'mean'>>),
  }))();
}

const decoderOf = (likelihood: Family) => new LikelihoodDecoder({ network: mlp([2, 4]), likelihood });
const variable = (value: number) => tf.variable(tf.scalar(value));

test.each([
  [
    'a factory that was not called',
    normalFamily,
    'must be a family, such as bernoulliFamily(), got a function; call it',
  ],
  ['a name', 'bernoulli', 'must be a family, such as bernoulliFamily(), got string'],
])('%s is refused wherever a family is taken', (_, given, message) => {
  const family = given as unknown as Family;
  expect(() => decoderOf(family)).toThrow(message);
  expect(() => new PosteriorEncoder({ network: mlp([4, 3]), latentDim: 2, posterior: family })).toThrow(message);
  expect(() => new ConditionalPrior({ network: mlp([3, 4]), family })).toThrow(message);
  const before = tf.memory().numTensors;
  const options = { inputShape: [4], latentDim: 2 };
  expect(() => mlpVae({ ...options, likelihood: family })).toThrow('mlpVae: likelihood');
  expect(() => mlpVae({ ...options, posterior: family })).toThrow('mlpVae: posterior');
  expect(tf.memory().numTensors).toBe(before);
});

test.each([
  ['no distribution', { distribution: undefined }, 'declares the functions parameters and distribution'],
  ['no parameters', { parameters: () => ({}) }, 'parameters(2) must give a whole number for each parameter, got []'],
  ['halves of parameters', { parameters: () => ({ mean: 1.5 }) }, 'for each parameter, got [1.5]'],
  ['a support with a typo', { support: 'count' }, 'support must be real, positive,'],
  ['a support of no class', { support: { categories: 0 } }, 'got {"categories":0}'],
  ['a column with a typo', { support: ['real', { level: 3 }] }, 'got {"level":3}'],
])('a declaration with %s is refused when the family is made', (_, changes, message) => {
  expect(() => unitFamily(changes)).toThrow(message);
  expect(() => unitFamily(changes)).toThrow('unitFamily: ');
});

test('a variable at the path of a weight would hide the weight from files', () => {
  const network = mlp([2, 4]);
  const before = tf.memory().numTensors;
  const family = unitFamily({ createVariables: () => ({ scale: variable(1), '0/kernel': variable(2) }) });
  expect(() => new LikelihoodDecoder({ network, likelihood: family })).toThrow(
    "the network and 'unit' both have a variable 0/kernel; rename that of the family",
  );
  expect(tf.memory().numTensors).toBe(before);
  expect(() => decoderOf(unitFamily({ createVariables: () => ({ scale: tf.ones([2]) }) }))).toThrow(
    'unitFamily: createVariables gives scale, but this value must be a tf.Variable',
  );
});

test('what a family makes of raw parameters must be a distribution that may be disposed of', () => {
  const z = tf.zeros([3, 2]);
  expect(() => decoderOf(unitFamily({ distribution: () => undefined })).decode(z)).toThrow(
    'unitFamily: distribution must return a distribution, got undefined',
  );
  const forgetful = decoderOf(
    unitFamily({ distribution: ({ mean }: { mean: tf.Tensor }) => new Normal({ mean, logVar: tf.scalar(0) }) }),
  );
  expect(tf.tidy(() => forgetful.decode(z).mean().shape)).toEqual([3, 4]);
  expect(() => forgetful.decode(tf.zeros([5, 3, 2]))).toThrow(
    'distribution must have an event of 1 axis, got [3,4]; pass eventRank on',
  );
  const holding = decoderOf(
    unitFamily({
      createVariables: () => ({ logVar: variable(0) }),
      distribution: ({ mean }: { mean: tf.Tensor }, { variables }: { variables: Record<string, tf.Variable> }) =>
        new Normal({ mean, logVar: variables['logVar']! }),
    }),
  );
  const before = tf.memory().numTensors;
  expect(() => holding.decode(z)).toThrow('unitFamily: distribution has a variable as its logVar; give tf.clone of it');
  expect(tf.memory().numTensors).toBe(before);
});

test('an exposure of integers is one of floats for a family', () => {
  const decoder = decoderOf(
    unitFamily({
      distribution: ({ mean }: { mean: tf.Tensor }, { exposure }: { exposure: tf.Tensor }) =>
        new Normal({ mean: tf.add(mean, tf.log(exposure)), logVar: tf.scalar(0) }),
    }),
  );
  const means = ['int32', 'float32'].map(dtype =>
    tf.tidy(() =>
      Array.from(
        decoder
          .decode(tf.ones([2, 2]), { exposure: tf.tensor1d([3, 5], dtype as 'int32') })
          .mean()
          .dataSync(),
      ),
    ),
  );
  expect(means[0]).toEqual(means[1]);
});
