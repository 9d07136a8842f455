import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { convVae, GaussianEncoder, mlpVae, sprites, toTensor, Vae, VaeTrainer } from 'tfjs-vae';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { explainMissingKernel } from '../../src/training/train-step';
import { weightsOf } from '../support/networks';

describe('on wasm as tfjs made it', () => {
  beforeAll(async () => {
    if (!(await tf.setBackend('wasm'))) throw new Error('backend wasm does not load');
  });
  afterAll(async () => {
    await tf.setBackend('cpu');
  });

  const conv = () => convVae({ inputShape: [8, 8, 1], latentDim: 2, filters: [4], seed: 1 });
  const images = () => sprites({ count: 6, size: 8, seed: 3 }).images;
  const what = /^VaeTrainer: backend 'wasm' lacks Conv2DBackprop\w+, which the model needs; leave prepareBackend on/;

  test('fit of a convolutional VAE says which kernel is missing and what to do, and has touched nothing', async () => {
    const model = conv();
    const weights = weightsOf(model);
    const trainer = new VaeTrainer({ model, seed: 2, prepareBackend: false });
    await expect(trainer.fit(images(), { epochs: 1, batchSize: 3 })).rejects.toThrow(what);
    expect(trainer.steps).toBe(0);
    expect(weightsOf(model)).toEqual(weights);
    trainer.dispose();
    model.dispose();
  });

  test('so does a step of a loop of your own', () => {
    const model = conv();
    const trainer = new VaeTrainer({ model, seed: 2, prepareBackend: false });
    const x = toTensor(images());
    expect(() => trainer.step({ x })).toThrow(what);
    expect(trainer.steps).toBe(0);
    x.dispose();
    trainer.dispose();
    model.dispose();
  });

  test('running statistics that were written on the way are taken back', () => {
    const mlp = mlpVae({ inputShape: [8, 8, 1], latentDim: 2, hidden: [4], seed: 1 });
    const network = tf.sequential({
      layers: [
        tf.layers.conv2d({ inputShape: [8, 8, 1], filters: 2, kernelSize: 3 }),
        tf.layers.batchNormalization(),
        tf.layers.flatten(),
      ],
    });
    const encoder = new GaussianEncoder({ network, latentDim: 2, seed: 1 });
    const model = new Vae({ encoder, decoder: mlp.decoder });
    const weights = weightsOf(model);
    const trainer = new VaeTrainer({ model, seed: 2, prepareBackend: false });
    const x = toTensor(images());
    expect(() => trainer.step({ x })).toThrow(what);
    expect(weightsOf(model)).toEqual(weights);
    x.dispose();
    trainer.dispose();
    model.dispose();
    mlp.dispose();
  });

  test('prepared, the same model trains', async () => {
    const model = conv();
    const trainer = new VaeTrainer({ model, seed: 2 });
    await trainer.fit(images(), { epochs: 1, batchSize: 3 });
    expect(trainer.steps).toBe(2);
    trainer.dispose();
    model.dispose();
  });
});

describe('explained', () => {
  test('knows both sentences of tfjs', () => {
    for (const sentence of [
      "Kernel 'Foo' not registered for backend 'webgpu'",
      "Cannot find registered kernel 'Foo' for backend 'webgpu'",
    ]) {
      expect(String(explainMissingKernel(new Error(sentence)))).toContain("backend 'webgpu' lacks Foo");
    }
  });

  test('leaves other errors as they are', () => {
    const other = new Error('tensor is disposed');
    expect(explainMissingKernel(other)).toBe(other);
  });
});
