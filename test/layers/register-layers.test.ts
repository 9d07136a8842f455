import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { Dropout } from '../../src/layers/dropout';
import { GaussianHead } from '../../src/layers/gaussian-head';
import { KlDivergenceLayer } from '../../src/layers/kl-divergence-layer';
import { ParameterHead } from '../../src/layers/parameter-head';
import { registerLayers } from '../../src/layers/register-layers';
import { ReparamSampler } from '../../src/layers/reparam-sampler';
import { Rng } from '../../src/random/rng';
import { describeBackends, values } from '../support/backends';
import { distance, reload } from './support';

const registry = () => tf.serialization.SerializationMap.getMap().classNameMap;
const ours = () => Object.keys(registry()).filter(name => /^TfjsVae|Sampling$/.test(name));

// The first test: nothing has called registerLayers in this file yet.
test('registers nothing at import, every layer when called, and Sampling only when asked', () => {
  expect(ours()).toEqual([]);
  registerLayers();
  const names = [GaussianHead, ParameterHead, ReparamSampler, Dropout, KlDivergenceLayer].map(layer => layer.className);
  expect(ours()).toEqual(names);
  expect(names.every(name => name.startsWith('TfjsVae'))).toBe(true);
  expect(names.map(name => registry()[name]![0])).toEqual([
    GaussianHead,
    ParameterHead,
    ReparamSampler,
    Dropout,
    KlDivergenceLayer,
  ]);
  registerLayers({ sampling: true });
  const full = { ...registry() };
  registerLayers({ sampling: true });
  registerLayers();
  expect({ ...registry() }).toEqual(full);
  expect(ours()).toEqual([...names, 'Sampling', 'Custom>Sampling']);
});

/** What tf-keras 2 and the converter write for the encoder of the Keras VAE example, but for sizes. */
function kerasEncoder(samplingClass: string, modelClass: string): tf.io.ModelArtifacts {
  const dense = (name: string, units: number, activation: string, from: string) => ({
    class_name: 'Dense',
    name,
    config: {
      name,
      trainable: true,
      dtype: 'float32',
      units,
      activation,
      use_bias: true,
      kernel_initializer: { class_name: 'GlorotUniform', config: { seed: null } },
      bias_initializer: { class_name: 'Zeros', config: {} },
      kernel_regularizer: null,
      bias_regularizer: null,
      activity_regularizer: null,
      kernel_constraint: null,
      bias_constraint: null,
    },
    inbound_nodes: [[[from, 0, 0, {}]]],
  });
  const layers = [
    {
      class_name: 'InputLayer',
      name: 'input_1',
      config: { batch_input_shape: [null, 3], dtype: 'float32', sparse: false, ragged: false, name: 'input_1' },
      inbound_nodes: [],
    },
    dense('z_mean', 2, 'linear', 'input_1'),
    dense('z_log_var', 2, 'linear', 'input_1'),
    {
      class_name: samplingClass,
      name: 'sampling',
      config: { name: 'sampling', trainable: true, dtype: 'float32' },
      inbound_nodes: [
        [
          ['z_mean', 0, 0, {}],
          ['z_log_var', 0, 0, {}],
        ],
      ],
    },
  ];
  const outputs = ['z_mean', 'z_log_var', 'sampling'].map(name => [name, 0, 0]);
  const weightData = new Float32Array([1, 0, 0, 1, 1, 1, 0.5, -0.5, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, -1, -2]);
  return {
    modelTopology: {
      keras_version: '2.15.0',
      backend: 'tensorflow',
      model_config: {
        class_name: modelClass,
        config: { name: 'encoder', trainable: true, layers, input_layers: [['input_1', 0, 0]], output_layers: outputs },
      },
    },
    format: 'layers-model',
    weightSpecs: [
      { name: 'z_mean/kernel', shape: [3, 2], dtype: 'float32' },
      { name: 'z_mean/bias', shape: [2], dtype: 'float32' },
      { name: 'z_log_var/kernel', shape: [3, 2], dtype: 'float32' },
      { name: 'z_log_var/bias', shape: [2], dtype: 'float32' },
    ],
    weightData: weightData.buffer,
  };
}

describeBackends('registerLayers', () => {
  test.each([
    ['Sampling', 'Functional'],
    ['Sampling', 'Model'],
    ['Custom>Sampling', 'Functional'],
  ])('loads a Keras encoder with a layer %s in a %s model', async (samplingClass, modelClass) => {
    registerLayers({ sampling: true });
    const model = await tf.loadLayersModel(tf.io.fromMemory(kerasEncoder(samplingClass, modelClass)));
    const [mean, logVar, z] = (model.predict(tf.tensor2d([[1, 2, 3]])) as tf.Tensor[]).map(values);
    expect(distance(mean!, [4.5, 4.5])).toBeLessThan(1e-6);
    expect(distance(logVar!, [1.2, 0.8])).toBeLessThan(1e-6);
    const sampler = model.getLayer('sampling');
    const { seed } = sampler.getConfig() as { seed: number };
    const noise = values(new Rng(seed).fork('sampling').fork('predict').normal([1, 2]));
    const expected = mean!.map((m, i) => m + Math.exp(logVar![i]! / 2) * noise[i]!);
    expect(distance(z!, expected)).toBeLessThan(1e-5);
    // Saved again, it is an ordinary sampler.
    expect(sampler.getClassName()).toBe('TfjsVaeReparamSampler');
    const again = await reload(model);
    expect(again.getLayer('sampling').getConfig()).toEqual(sampler.getConfig());
  });
});
