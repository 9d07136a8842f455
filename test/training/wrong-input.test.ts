import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import type { TrainingData } from '../../src/data/training-data';
import { dequantisation, dynamicBinarisation } from '../../src/data/transforms';
import { Normal } from '../../src/distributions/normal';
import { BernoulliDecoder } from '../../src/models/bernoulli-decoder';
import { GaussianEncoder } from '../../src/models/gaussian-encoder';
import { mlpVae } from '../../src/models/mlp-vae';
import { Vae } from '../../src/models/vae';
import { elboObjective } from '../../src/objectives/elbo-objective';
import type { Objective } from '../../src/objectives/objective';
import type { FitOptions } from '../../src/training/options';
import { VaeTrainer } from '../../src/training/trainer';
import { describeBackends } from '../support/backends';
import { mlp, pixelTensor, weightsOf } from '../support/networks';

const SIZE = 6;
const model = (more = {}) => mlpVae({ inputShape: [SIZE], latentDim: 2, hidden: [5], seed: 1, ...more });
const options: FitOptions = { epochs: 1, batchSize: 4 };

/** The data are refused with this message, before anything has changed. */
async function refused(data: TrainingData, message: string, { vae = model() as Vae, transforms = [] as never[] } = {}) {
  const trainer = new VaeTrainer({ model: vae, seed: 1, transforms });
  const before = weightsOf(vae);
  await expect(trainer.fit(data, options)).rejects.toThrow(message);
  expect(trainer.steps).toBe(0);
  expect(weightsOf(vae)).toEqual(before);
  await expect(trainer.evaluate(data)).rejects.toThrow(message.replace(/^fit/, 'evaluate'));
}

const with1 = (value: number) => {
  const values = new Float32Array(4 * SIZE).fill(0.5);
  values[2 * SIZE + 1] = value;
  return { values, shape: [4, SIZE] };
};

describeBackends('wrong input is refused before the first step', () => {
  test('rank and shape', async () => {
    await refused(pixelTensor(4, 5), 'fit: data: x must be [batch, 6] for this model, got [4,5]');
    await refused(tf.zeros([4, SIZE, 1]), 'fit: data: x must be [batch, 6] for this model, got [4,6,1]');
    await refused(tf.zeros([SIZE]), 'fit: data: x must be [batch, 6] for this model, got [6]');
    await refused(tf.scalar(1), 'fit: data: x must be [count, …event], got a scalar');
    await refused(
      { values: new Float32Array(7), shape: [1, SIZE] },
      '7 values do not fill the shape [1,6], which holds 6',
    );
    await refused({ x: pixelTensor(4, SIZE), target: pixelTensor(4, 5) }, 'fit: data: target must be [batch, 6]');
    await refused({ x: pixelTensor(4, SIZE), mask: tf.ones([4, 5]) }, 'mask must be [4,6] as x is, or 1 along an axis');
    await refused({ x: pixelTensor(4, SIZE), mask: tf.ones([4]) }, 'mask must be [4,6] as x is');
    await refused({ x: pixelTensor(4, SIZE), weights: tf.ones([4, 1]) }, 'weights must be one number per example');
    await refused(
      { x: pixelTensor(4, SIZE), weights: tf.ones([3]) },
      'fields must have one length, got x 4, weights 3',
    );
  });

  test('values: NaN, outside [0, 1] for a Bernoulli, weights that are none', async () => {
    await refused(with1(Number.NaN), 'fit: data: x holds NaN at example 2; replace it, or give a mask of 0 for it');
    await refused(with1(1.5), 'fit: data: x holds 1.5 at example 2, but the likelihood needs values in [0, 1]');
    await refused(with1(-0.5), 'x holds -0.5 at example 2');
    await refused({ values: new Uint8Array(4 * SIZE).fill(255), shape: [4, SIZE] }, 'for bytes give scale: 1 / 255');
    await refused({ x: with1(0.5), target: with1(2) }, 'fit: data: target holds 2 at example 2');
    await refused(
      { x: with1(0.5), weights: tf.tensor1d([1, -1, 1, 1]) },
      'weights must be finite numbers of 0 or more',
    );
    await refused({ x: with1(0.5), weights: tf.zeros([4]) }, 'weights are all 0');
    const gaussian = () => model({ decoder: { sigma: 1 } });
    await refused(with1(Number.POSITIVE_INFINITY), 'x holds Infinity at example 2', { vae: gaussian() });
    const trainer = new VaeTrainer({ model: gaussian(), seed: 1 });
    expect((await trainer.fit(with1(1.5), options)).epoch).toEqual([0]);
  });

  test('empty data, and sizes that are none', async () => {
    await refused(tf.zeros([0, SIZE]), 'fit: data: x is empty; at least one example is needed');
    await refused([], 'the stream gave no batch; at least one is needed');
    const trainer = new VaeTrainer({ model: model(), seed: 1 });
    const x = pixelTensor(4, SIZE);
    await expect(trainer.fit(x, { epochs: 1, batchSize: 0 })).rejects.toThrow(
      'fit: batchSize must be a positive integer, got 0',
    );
    await expect(trainer.fit(x, { epochs: 0 })).rejects.toThrow('fit: epochs must be a positive integer, got 0');
    await expect(trainer.evaluate(x, { batchSize: 0.5 })).rejects.toThrow(
      'evaluate: batchSize must be a positive integer, got 0.5',
    );
    expect(trainer.steps).toBe(0);
  });

  test('a condition that is missing, unwanted or of another size', async () => {
    const x = pixelTensor(4, SIZE);
    const conditional = () => model({ conditionDim: 3 });
    await refused(x, 'fit: data: the model is conditional, so the data need a condition', { vae: conditional() });
    await refused({ x, condition: tf.zeros([4, 2]) }, 'condition must be [batch, 3] for a batch of 4, got [4,2]', {
      vae: conditional(),
    });
    await refused({ x, condition: tf.zeros([4, 3]) }, 'no network of the model has an input for it');
  });

  test('what is no data at all', async () => {
    await refused(
      undefined as unknown as tf.Tensor,
      'fit: data: expected a tensor, { values, shape }, { x, … }, a tf.data.Dataset, an (async) iterable of batches or a RowReader, got undefined',
    );
    await refused({ images: 1 } as unknown as tf.Tensor, 'got an object with the keys images');
    await refused(
      { x: pixelTensor(4, SIZE), label: tf.zeros([4]) } as unknown as tf.Tensor,
      'unknown field label; write labels',
    );
    await refused((() => 3) as unknown as tf.Tensor, 'the function must return an iterable of batches');
    await refused([{ y: 1 }] as unknown as tf.Tensor, 'a batch must be a tensor, { values, shape } or { x, … }');
  });

  test('validation data are looked at before the first step, too', async () => {
    const trainer = new VaeTrainer({ model: model(), seed: 1 });
    const fit = trainer.fit(pixelTensor(4, SIZE), { ...options, validationData: with1(Number.NaN) });
    await expect(fit).rejects.toThrow('fit: validationData: x holds NaN');
    expect(trainer.steps).toBe(0);
  });
});

test('a latent size that does not fit, and mean and logVar that differ, are refused when things are put together', () => {
  const encoder = new GaussianEncoder({ network: mlp([SIZE, 5]), latentDim: 3 });
  const decoder = new BernoulliDecoder({ network: mlp([2, SIZE]) });
  expect(() => new Vae({ encoder, decoder })).toThrow(/the encoder gives z .*, but the decoder takes/);
  expect(() => new Normal({ mean: tf.zeros([4, 2]), logVar: tf.zeros([4, 3]) })).toThrow(
    'Normal: logVar must have the shape of mean, [4,2], or be a scalar, got [4,3]',
  );
});

describe('streams are looked at batch by batch', () => {
  const good = () => pixelTensor(3, SIZE);
  async function refusedAt(second: () => unknown, message: string) {
    const trainer = new VaeTrainer({ model: model(), seed: 1 });
    const stream = function* () {
      yield good();
      yield second() as tf.Tensor;
    };
    await expect(trainer.fit(stream, { epochs: 1 })).rejects.toThrow(message);
    return trainer.steps;
  }

  test('the error names the batch', async () => {
    expect(
      await refusedAt(() => pixelTensor(3, 5), 'fit: data: batch 1: x must be [batch, 6] for this model, got [3,5]'),
    ).toBe(1);
    expect(
      await refusedAt(() => ({ x: good(), weigths: tf.ones([3]) }), 'batch 1: unknown field weigths; write weights'),
    ).toBe(1);
    expect(
      await refusedAt(() => ({ values: new Float32Array(4), shape: [1, SIZE] }), 'batch 1: x: 4 values do not fill'),
    ).toBe(1);
    await refusedAt(
      () => tf.fill([3, SIZE], 1.5),
      'fit: data: batch 1: x holds 1.5 at example 0, but the likelihood needs',
    );
  });

  test('NaN under a mask is no wrong value', async () => {
    const trainer = new VaeTrainer({ model: model(), seed: 1 });
    const stream = () => [
      { x: tf.tensor2d([[Number.NaN, 0, 0.2, 0.3, 0.4, 1]]), mask: tf.tensor2d([[0, 1, 1, 1, 1, 1]]) },
    ];
    const { history } = await trainer.fit(stream, { epochs: 2 });
    expect(history['loss']!.every(Number.isFinite)).toBe(true);
    const rows = { x: with1(Number.NaN), mask: { values: with1(0).values.map(Math.ceil), shape: [4, SIZE] } };
    expect(Number.isFinite((await trainer.evaluate(rows)).loss)).toBe(true);
  });
});

describe('the range counts after the transforms', () => {
  const train = (transforms: ConstructorParameters<typeof VaeTrainer>[0]['transforms'], x: TrainingData) =>
    new VaeTrainer({ model: model(), seed: 1, transforms: transforms! }).fit(x, options);

  test('what a transform brings into range is good, and what it takes out of it is not', async () => {
    const bytes = { values: Uint8Array.from({ length: 24 }, (_, i) => 10 * i), shape: [4, SIZE] };
    expect((await train([batch => ({ ...batch, x: tf.div(batch.x, 255) })], bytes)).epoch).toEqual([0]);
    expect((await train([dequantisation()], pixelTensor(4, SIZE))).epoch).toEqual([0]);
    await expect(train([batch => ({ ...batch, x: tf.mul(batch.x, 9) })], pixelTensor(4, SIZE))).rejects.toThrow(
      /^fit: data: batch 0: x holds [\d.]+ at example \d, but the likelihood needs values in \[0, 1\]/,
    );
  });

  test('binarisation does not hide grey levels that are no probabilities', async () => {
    expect((await train([dynamicBinarisation()], pixelTensor(4, SIZE))).epoch).toEqual([0]);
    await expect(train([dynamicBinarisation()], with1(1.5))).rejects.toThrow('batch 0: x holds 1.5 at example ');
    await expect(train([dynamicBinarisation()], with1(-3))).rejects.toThrow('batch 0: x holds -3 at example ');
  });
});

describe('a trainer that cannot be', () => {
  test('is refused when it is made', () => {
    const vae = model();
    expect(() => new VaeTrainer({ model: {} as Vae })).toThrow('VaeTrainer: model must be a Vae or have a pass method');
    expect(() => new VaeTrainer({ model: vae, clipNorm: 0 })).toThrow('clipNorm must be a positive number, got 0');
    expect(() => new VaeTrainer({ model: vae, learningRate: -1 })).toThrow('learningRate must be a positive number');
    expect(() => new VaeTrainer({ model: vae, learningRate: 1, optimizer: tf.train.sgd(1) })).toThrow(
      'VaeTrainer: give either an optimizer or a learningRate',
    );
    expect(() => new VaeTrainer({ model: vae, seed: 0.5 })).toThrow('seed must be an integer, got 0.5');
  });

  test('an objective that needs the size of the data set refuses a stream', async () => {
    const objective: Objective = { ...elboObjective(), needs: ['datasetSize'] };
    const trainer = new VaeTrainer({ model: model(), objective, seed: 1 });
    await expect(trainer.fit(() => [pixelTensor(3, SIZE)], options)).rejects.toThrow(
      'fit: the objective needs the size of the data set, which a stream does not tell',
    );
    expect((await trainer.fit(pixelTensor(3, SIZE), options)).epoch).toEqual([0]);
  });

  test('two fits at once', async () => {
    const trainer = new VaeTrainer({ model: model(), seed: 1 });
    const x = pixelTensor(8, SIZE);
    const first = trainer.fit(x, options);
    await expect(trainer.fit(x, options)).rejects.toThrow('fit: this trainer is training; await or stop it');
    await first;
  });
});
