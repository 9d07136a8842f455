import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { GaussianEncoder } from '../../src/models/gaussian-encoder';
import type { FunctionNetwork } from '../../src/models/network';
import { describeBackends, noLeak, values } from '../support/backends';
import { expectClose } from '../support/expect-close';
import { conditionalMlp, countingLinear, mlp, pixelTensor, variable } from '../support/networks';

/** x → [mean, logVar], both linear. */
function momentsNetwork(input: number, latentDim: number): FunctionNetwork {
  const network: FunctionNetwork = {
    apply: ([x]) => ['mean', 'logVar'].map(name => tf.matMul(x as tf.Tensor2D, network.variables[name] as tf.Tensor2D)),
    variables: { mean: variable([input, latentDim], 1), logVar: variable([input, latentDim], 2) },
    inputShapes: [[input]],
    outputShapes: [[latentDim], [latentDim]],
  };
  return network;
}

describeBackends('GaussianEncoder', () => {
  test('appends a head to one output: mean = W h + b, in float64 by hand', () => {
    const { network } = countingLinear(3, 4);
    const encoder = new GaussianEncoder({ network, latentDim: 2, seed: 3 });
    const x = pixelTensor(5, 3);
    const posterior = noLeakParams(() => encoder.encode(x));
    expect(posterior.params.mean.shape).toEqual([5, 2]);
    const [kernel, head, bias] = ['kernel', 'head/0/meanKernel', 'head/0/meanBias'].map(path =>
      Array.from(encoder.variables()[path]!.dataSync()),
    ) as [number[], number[], number[]];
    const rows = Array.from(x.dataSync());
    const expected = Array.from({ length: 10 }, (_, i) => {
      const [r, d] = [Math.floor(i / 2), i % 2];
      const hidden = [0, 1, 2, 3].map(j => [0, 1, 2].reduce((a, k) => a + rows[3 * r + k]! * kernel[4 * k + j]!, 0));
      return hidden.reduce((a, h, j) => a + h * head[2 * j + d]!, bias[d]!);
    });
    expectClose(Array.from(posterior.params.mean.dataSync()), expected, { tolerance: 1e-5 });
    posterior.dispose();
    encoder.dispose();
    x.dispose();
  });

  test('uses [mean, logVar] as they are, of a function and of a LayersModel', () => {
    const network = momentsNetwork(3, 2);
    const encoder = new GaussianEncoder({ network, latentDim: 2 });
    expect(Object.keys(encoder.variables())).toEqual(['mean', 'logVar']);
    const x = pixelTensor(4, 3);
    const { mean, logVar } = encoder.encode(x).params as { mean: tf.Tensor; logVar: tf.Tensor };
    const expected = tf.matMul(x, network.variables['logVar'] as tf.Tensor2D);
    expectClose(values(logVar), values(expected), { tolerance: 1e-6 });
    mean.dispose();
    encoder.dispose();

    const input = tf.input({ shape: [3] });
    const outputs = [0, 1].map(() => tf.layers.dense({ units: 2 }).apply(input) as tf.SymbolicTensor);
    const layers = new GaussianEncoder({ network: tf.model({ inputs: input, outputs }), latentDim: 2 });
    expect(Object.keys(layers.variables())).toEqual(['0/kernel', '0/bias', '1/kernel', '1/bias']);
    layers.encode(x).dispose();
    layers.dispose();
    x.dispose();
  });

  test('flattens features of several axes', () => {
    const network = tf.sequential({
      layers: [tf.layers.reshape({ inputShape: [12], targetShape: [2, 3, 2] })],
    });
    const encoder = new GaussianEncoder({ network, latentDim: 3 });
    expect(encoder.variables()['head/0/meanKernel']!.shape).toEqual([12, 3]);
    const x = pixelTensor(4, 12);
    const posterior = encoder.encode(x);
    expect(posterior.params.mean.shape).toEqual([4, 3]);
    posterior.dispose();
    encoder.dispose();
    x.dispose();
  });

  test('two inputs: the condition moves the posterior, and must be there', () => {
    const encoder = new GaussianEncoder({ network: conditionalMlp(3, 2, 4), latentDim: 2, seed: 1 });
    expect(encoder.conditional).toBe(true);
    const x = pixelTensor(2, 3);
    const posteriors = [
      [1, 0],
      [0, 1],
    ].map(label => tf.tidy(() => values(encoder.encode(x, { condition: tf.tensor2d([label, label]) }).params.mean)));
    expect(posteriors[0]).not.toEqual(posteriors[1]);
    expect(() => encoder.encode(x)).toThrow(
      'GaussianEncoder.encode: the network has a second input, so a condition [batch, 2] is needed',
    );
    expect(() => encoder.encode(x, { condition: tf.zeros([2, 3]) })).toThrow('condition must be [batch, 2]');
    expect(() => encoder.encode(x, { condition: tf.zeros([3, 2]) })).toThrow('for a batch of 2, got [3,2]');
    const plain = new GaussianEncoder({ network: mlp([3, 4]), latentDim: 2 });
    expect(() => plain.encode(x, { condition: tf.zeros([2, 2]) })).toThrow(
      'got a condition, but the network has one input',
    );
    encoder.dispose();
    plain.dispose();
    x.dispose();
  });

  test('leaves no tensor behind, and gives all back', () => {
    const before = tf.memory().numTensors;
    const encoder = new GaussianEncoder({ network: mlp([3, 4]), latentDim: 2 });
    const x = pixelTensor(2, 3);
    noLeak(() => encoder.encode(x).dispose());
    noLeak(() => tf.tidy(() => void encoder.encode(x)));
    encoder.dispose();
    encoder.dispose();
    x.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

test('the same seed gives the same head, another seed another', () => {
  const kernels = [4, 4, 5].map(seed => {
    const encoder = new GaussianEncoder({ network: mlp([3, 4]), latentDim: 2, seed });
    const kernel = Array.from(encoder.variables()['head/0/logVarKernel']!.dataSync());
    encoder.dispose();
    return kernel;
  });
  expect(kernels[1]).toEqual(kernels[0]);
  expect(kernels[2]).not.toEqual(kernels[0]);
});

test('what cannot be an encoder is refused when it is made', () => {
  const network = mlp([3, 4]);
  expect(() => new GaussianEncoder({ network, latentDim: 0 })).toThrow(
    'GaussianEncoder: latentDim must be a positive integer, got 0',
  );
  expect(() => new GaussianEncoder({ network: momentsNetwork(3, 2), latentDim: 5 })).toThrow(
    'GaussianEncoder: mean and logVar of the network must be [batch, 5], got [batch, 2]',
  );
  const differ = { ...momentsNetwork(3, 2), outputShapes: [[2], [3]] };
  expect(() => new GaussianEncoder({ network: differ, latentDim: 2 })).toThrow('must be [batch, 2], got [batch, 3]');
  const shapeless = tf.sequential();
  expect(() => new GaussianEncoder({ network: shapeless, latentDim: 2 })).toThrow(
    'GaussianEncoder: network has no input shape yet; give its first layer an inputShape',
  );
  const three = [0, 1, 2].map(() => tf.input({ shape: [2] }));
  const joined = tf.layers.concatenate().apply(three) as tf.SymbolicTensor;
  expect(() => new GaussianEncoder({ network: tf.model({ inputs: three, outputs: joined }), latentDim: 2 })).toThrow(
    'GaussianEncoder: network must have one or two inputs, got 3',
  );
  const nothing = {} as unknown as FunctionNetwork;
  expect(() => new GaussianEncoder({ network: nothing, latentDim: 2 })).toThrow('apply is missing');
  const encoder = new GaussianEncoder({ network, latentDim: 2 });
  expect(() => encoder.encode(tf.zeros([2, 4]))).toThrow('GaussianEncoder.encode: x must be [batch, 3], got [2,4]');
  expect(() => encoder.encode(tf.zeros([3]))).toThrow('x must be [batch, 3], got [3]');
});

/** The two parameters of the posterior are all that a call leaves. */
function noLeakParams<T>(f: () => T): T {
  const before = tf.memory().numTensors;
  const result = f();
  expect(tf.memory().numTensors - before).toBe(2);
  return result;
}
