import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import {
  Adam,
  AdamW,
  accumulateGradients,
  addNoise,
  cosineSchedule,
  cyclicalSchedule,
  defineObjective,
  dequantisation,
  dynamicBinarisation,
  elboObjective,
  iwaeObjective,
  linearSchedule,
  mlpVae,
  piecewiseSchedule,
  type RunOptions,
  saveRun,
  sigmoidSchedule,
  warmupSchedule,
} from '../../src/index';

const written = (training: RunOptions, fit = {}) => JSON.parse(saveRun(training, { epochs: 3, ...fit }));

describe('saveRun', () => {
  test('writes what VaeTrainer and fit would do by default', () => {
    expect(written({ seed: 7 })).toEqual({
      format: 'tfjs-vae/run',
      version: 1,
      objective: { kind: 'elbo', beta: 1 },
      optimizer: {
        kind: 'adam',
        learningRate: 1e-3,
        beta1: Math.fround(0.9),
        beta2: Math.fround(0.999),
        epsilon: 1e-7,
      },
      batchSize: 128,
      epochs: 3,
      seed: 7,
      shuffle: true,
      transforms: [],
    });
    expect(Number.isSafeInteger(written({}).seed)).toBe(true);
  });

  test('writes every setting, and the model may be there', () => {
    const model = mlpVae({ inputShape: [4], latentDim: 2, hidden: [3], seed: 1 });
    const run = written(
      {
        model,
        prepareBackend: false,
        objective: elboObjective({ beta: 4, freeBits: { nats: 0.1, per: 'total' } }),
        optimizer: new AdamW({ learningRate: cosineSchedule({ from: 1, to: 0, steps: 9 }), weightDecay: 0.2 }),
        clipNorm: 2,
        transforms: [dynamicBinarisation(), addNoise({ stddev: 0.3 }), dequantisation({ levels: 4 })],
        seed: -3,
      },
      { batchSize: 5, shuffle: false },
    );
    expect(run).toMatchObject({
      objective: { kind: 'elbo', beta: 4, freeBits: { nats: 0.1, per: 'total' } },
      optimizer: {
        kind: 'adamW',
        learningRate: { schedule: 'cosine', from: 1, to: 0, steps: 9 },
        weightDecay: 0.2,
      },
      clipNorm: 2,
      batchSize: 5,
      seed: -3,
      shuffle: false,
      transforms: [
        { kind: 'dynamicBinarisation' },
        { kind: 'addNoise', stddev: 0.3, clip: false },
        { kind: 'dequantisation', levels: 4 },
      ],
    });
    model.dispose();
  });

  test('writes schedules within schedules, and numbers that JSON lacks', () => {
    const beta = warmupSchedule({ steps: 5, to: sigmoidSchedule({ from: 0, to: 1, steps: 20, sharpness: 8 }) });
    expect(written({ objective: elboObjective({ beta }) }).objective.beta).toEqual({
      schedule: 'warmup',
      steps: 5,
      to: { schedule: 'sigmoid', from: 0, to: 1, steps: 20, sharpness: 8 },
    });
    const target = cyclicalSchedule({ from: 0, to: 1, period: 4, cycles: Infinity });
    expect(written({ objective: elboObjective({ capacity: { target } }) }).objective).toEqual({
      kind: 'elbo',
      capacity: {
        gamma: 1000,
        target: { schedule: 'cyclical', from: 0, to: 1, period: 4, cycles: { number: 'Infinity' } },
      },
    });
    const rate = piecewiseSchedule({
      points: [
        [0, 1],
        [5, 2],
      ],
    });
    expect(written({ learningRate: rate }).optimizer.learningRate).toEqual({
      schedule: 'piecewise',
      points: [
        [0, 1],
        [5, 2],
      ],
    });
  });

  test.each<[string, RunOptions, object, string]>([
    ['iwae', { objective: iwaeObjective({ samples: 2 }) }, {}, 'the objective iwae cannot be written'],
    [
      'an objective of your own',
      { objective: defineObjective({ evaluate: () => ({ loss: tf.scalar(0), reconstruction: tf.scalar(0) }) }) },
      {},
      'the objective of your own cannot be written',
    ],
    [
      'terms',
      {
        objective: elboObjective({ terms: [{ name: 'extra', weight: 1, evaluate: () => ({ value: tf.scalar(0) }) }] }),
      },
      {},
      "the term 'extra' cannot be written",
    ],
    [
      'a schedule of your own',
      { objective: elboObjective({ beta: step => step }) },
      {},
      'objective.beta is a function',
    ],
    [
      'a schedule of your own in another',
      { learningRate: warmupSchedule({ steps: 2, to: () => 1 }) },
      {},
      'learningRate.to is a function of your own',
    ],
    [
      'an optimizer of tf.train',
      { optimizer: tf.train.sgd(0.1) },
      {},
      "the optimizer 'SGDOptimizer' cannot be written",
    ],
    [
      'a wrapper',
      { optimizer: accumulateGradients(new Adam(), { steps: 2 }) },
      {},
      "'accumulateGradients of 2 for Adam'",
    ],
    ['decay', { optimizer: new AdamW({ decay: () => true }) }, {}, 'decay of AdamW is a function'],
    ['optimizer and rate', { optimizer: new Adam(), learningRate: 1 }, {}, 'either an optimizer or a learningRate'],
    ['a transform', { transforms: [batch => batch] }, {}, 'transforms[0] is a function of your own'],
    ['callbacks', {}, { callbacks: {} }, 'callbacks cannot be written'],
    ['validation', {}, { validationData: tf.zeros([2, 2]) }, '--validation'],
    ['a window', {}, { shuffle: { window: 3 } }, 'shuffle with a window'],
    ['skipping', {}, { onNonFinite: 'skip' }, "onNonFinite 'skip'"],
    ['a typo', { clipnorm: 1 } as RunOptions, {}, 'unknown option clipnorm'],
    ['no epochs', {}, { epochs: undefined }, 'give epochs'],
    ['half an epoch', {}, { epochs: 0.5 }, 'epochs must be a positive integer'],
    ['clipNorm', { clipNorm: 0 }, {}, 'clipNorm must be a positive number'],
    ['a seed', { seed: 0.5 }, {}, 'seed must be an integer'],
    ['a learning rate', { learningRate: -1 }, {}, 'learningRate must be a positive number'],
  ])('refuses %s by name', (_, training, fit, said) => {
    expect(() => saveRun(training, { epochs: 1, ...fit })).toThrow(said);
  });

  test('a rate that a callback has lowered is refused', () => {
    const optimizer = new Adam();
    optimizer.rateFactor = 0.5;
    expect(() => saveRun({ optimizer }, { epochs: 1 })).toThrow('a rateFactor cannot be written');
  });

  test('a schedule that tells what it is has the settings that it had', () => {
    // Checkpoints know schedules by their values: those of earlier releases go on.
    expect(linearSchedule({ from: 0, to: 1, steps: 2 })).not.toHaveProperty('config');
  });
});
