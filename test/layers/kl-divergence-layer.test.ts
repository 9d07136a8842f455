import * as tf from '@tensorflow/tfjs';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { GaussianHead } from '../../src/layers/gaussian-head';
import { KlDivergenceLayer } from '../../src/layers/kl-divergence-layer';
import { registerLayers } from '../../src/layers/register-layers';
import { ReparamSampler } from '../../src/layers/reparam-sampler';
import { Rng } from '../../src/random/rng';
import { describeBackends, noLeak, values } from '../support/backends';
import { analyticKl, distance, finiteDifferences, reload } from './support';

const squaredError = (x: tf.Tensor, y: tf.Tensor) => tf.sum(tf.squaredDifference(x, y), -1);
const data = () => new Rng(1).normal([16, 5]) as tf.Tensor2D;

/** x → features → [mean, logVar] with the penalty → z → x, and an encoder on the same layers. */
function vae(beta?: number) {
  const x = tf.input({ shape: [5] });
  const head = new GaussianHead({ units: 2, seed: 3, name: 'head' }).apply(x);
  const layer = new KlDivergenceLayer({ name: 'kl', ...(beta === undefined ? {} : { beta }) });
  const [mean, logVar] = layer.apply(head);
  const z = new ReparamSampler({ seed: 4, name: 'z' }).apply([mean, logVar]);
  const decoder = tf.layers.dense({ units: 5, kernelInitializer: tf.initializers.glorotUniform({ seed: 5 }) });
  const model = tf.model({ inputs: x, outputs: decoder.apply(z) as tf.SymbolicTensor });
  return { model, layer, encoder: tf.model({ inputs: x, outputs: [mean, logVar] }) };
}

/** KL of the encoder at x in float64. */
function encodedKl(encoder: tf.LayersModel, x: tf.Tensor): number {
  const [mean, logVar] = (encoder.predict(x) as tf.Tensor[]).map(values);
  return analyticKl(mean!, logVar!, x.shape[0]!);
}

describeBackends('KlDivergenceLayer', () => {
  test('passes mean and logVar on, and its loss is β times the KL in nats per example', () => {
    const mean = [0.5, -1, 2, 0, 1e-3, -7];
    const logVar = [0, -2, 1.5, -60, 1e-3, 4];
    for (const beta of [1, 0.25, 0]) {
      const layer = new KlDivergenceLayer({ beta });
      const [m, v] = layer.apply([tf.tensor2d(mean, [3, 2]), tf.tensor2d(logVar, [3, 2])], { training: true });
      expect(distance(values(m), mean)).toBeLessThan(1e-7);
      expect(distance(values(v), logVar)).toBeLessThan(1e-6);
      const [loss] = layer.calculateLosses();
      expect(distance(values(loss!), [beta * analyticKl(mean, logVar, 3)])).toBeLessThan(1e-6);
    }
  });

  test('puts the gradient of finite differences into mean and logVar', () => {
    const mean = [0.5, -1, 2, 0];
    const logVar = [0.3, -2, 1.5, -60];
    const layer = new KlDivergenceLayer({ beta: 3 });
    const grads = tf.grads((m: tf.Tensor, v: tf.Tensor) => {
      layer.apply([m, v], { training: true });
      return layer.calculateLosses()[0]!;
    })([tf.tensor2d(mean, [2, 2]), tf.tensor2d(logVar, [2, 2])]);
    const expected = finiteDifferences(p => 3 * analyticKl(p.slice(0, 4), p.slice(4), 2), [...mean, ...logVar]);
    expect(distance(grads.flatMap(values), expected)).toBeLessThan(1e-4);
  });

  test('is in the loss that fit reports, and not in val_loss', async () => {
    const x = data();
    const losses = [];
    for (const beta of [0, 2.5]) {
      const { model, encoder } = vae(beta);
      const kl = encodedKl(encoder, x);
      model.compile({ optimizer: tf.train.sgd(0), loss: squaredError });
      const { history } = await model.fit(x, x, { batchSize: 16, shuffle: false, validationData: [x, x], verbose: 0 });
      losses.push({ kl, loss: history['loss']![0] as number, validation: history['val_loss']![0] as number });
    }
    const [without, weighted] = losses;
    expect(weighted!.kl).toBeGreaterThan(0.1);
    expect(weighted!.loss - without!.loss).toBeCloseTo(2.5 * weighted!.kl, 4);
    expect(weighted!.validation).toBe(without!.validation);
  });

  test('pulls the posterior to the prior in fit', async () => {
    const x = data();
    const { model, layer, encoder } = vae();
    layer.beta = 50;
    const before = encodedKl(encoder, x);
    model.compile({ optimizer: tf.train.adam(0.05, 0.9, 0.999, 1e-7), loss: squaredError });
    await model.fit(x, x, { batchSize: 16, epochs: 60, verbose: 0 });
    expect(encodedKl(encoder, x)).toBeLessThan(before / 20);
  });

  test('works in a nested encoder, whose own tidy would dispose of the penalty', async () => {
    const x = data();
    const { encoder } = vae(2);
    const input = tf.input({ shape: [5] });
    const moments = encoder.apply(input) as tf.SymbolicTensor[];
    const outputs = tf.layers.concatenate().apply(moments) as tf.SymbolicTensor;
    const model = tf.model({ inputs: input, outputs });
    const kl = encodedKl(encoder, x);
    model.compile({ optimizer: tf.train.sgd(0.01), loss: (_, y) => tf.mul(0, tf.sum(y, -1)) });
    const target = tf.zeros([16, 4]);
    const { history } = await model.fit(x, target, { batchSize: 16, epochs: 20, verbose: 0 });
    expect(history['loss']![0] as number).toBeCloseTo(2 * kl, 4);
    expect(history['loss']![19] as number).toBeLessThan(0.9 * 2 * kl);
  });

  test('leaves no tensor behind after fit, nor one more for each training call', async () => {
    const x = data();
    const before = tf.memory().numTensors;
    const { model } = vae();
    const built = tf.memory().numTensors;
    const optimizer = tf.train.sgd(0.01);
    model.compile({ optimizer, loss: squaredError });
    await model.fit(x, x, { batchSize: 8, epochs: 2, verbose: 0 });
    expect(tf.memory().numTensors).toBe(built + 1); // the learning rate, which the optimizer keeps
    optimizer.dispose();
    noLeak(() => tf.dispose(model.predict(x) as tf.Tensor));
    const call = () => tf.dispose(model.apply(x, { training: true }) as tf.Tensor);
    call();
    noLeak(call);
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  test('comes back from a save with its weight', async () => {
    registerLayers();
    const { model, encoder } = vae(0.5);
    const again = await reload(model);
    expect(again.getLayer('kl').getConfig()).toEqual({ name: 'kl', trainable: true, beta: 0.5 });
    const x = data();
    again.compile({ optimizer: tf.train.sgd(0), loss: (_, y) => tf.mul(0, tf.sum(y, -1)) });
    const loss = (await again.trainOnBatch(x, x)) as number;
    expect(loss).toBeCloseTo(0.5 * encodedKl(encoder, x), 4);
  });
});

describe('KlDivergenceLayer', () => {
  test('has the shapes of its inputs', () => {
    const [mean, logVar] = new KlDivergenceLayer().apply([tf.input({ shape: [4] }), tf.input({ shape: [4] })]);
    expect([mean.shape, logVar.shape]).toEqual([
      [null, 4],
      [null, 4],
    ]);
  });

  test('says what is wrong', () => {
    expect(() => new KlDivergenceLayer({ beta: -1 })).toThrow(
      'KlDivergenceLayer: beta must be a finite number, 0 or more, got -1',
    );
    const layer = new KlDivergenceLayer();
    expect(layer.beta).toBe(1);
    expect(() => {
      layer.beta = Number.NaN;
    }).toThrow('got NaN');
    expect(() => layer.apply([tf.input({ shape: [2] }), tf.input({ shape: [3] })])).toThrow(
      'KlDivergenceLayer: mean and logVar must have one shape, got [batch, 2] and [batch, 3]',
    );
    expect(() => layer.calculateLosses()).toThrow('no training call');
    const pair = (): [tf.SymbolicTensor, tf.SymbolicTensor] => [tf.input({ shape: [2] }), tf.input({ shape: [2] })];
    layer.apply(pair());
    expect(() => layer.apply(pair())).toThrow('KlDivergenceLayer: applied at a second place of a model');
  });

  test('has typed results', () => {
    const head = new GaussianHead({ units: 2 });
    const symbols = new KlDivergenceLayer().apply(head.apply(tf.input({ shape: [3] })));
    expectTypeOf(symbols).toEqualTypeOf<[mean: tf.SymbolicTensor, logVar: tf.SymbolicTensor]>();
    const [mean, logVar] = new KlDivergenceLayer().apply(head.apply(tf.ones([1, 3])));
    expectTypeOf(mean).toEqualTypeOf<tf.Tensor>();
    expectTypeOf(logVar).toEqualTypeOf<tf.Tensor>();
  });
});
