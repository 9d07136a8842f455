import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { readSafetensors } from '../../src/io/safetensors';
import type { TorchNames } from '../../src/io/torch-names';
import { loadTorchWeights, saveTorchWeights } from '../../src/io/torch-weights';
import { BernoulliDecoder } from '../../src/models/bernoulli-decoder';
import { convVae } from '../../src/models/conv-vae';
import { GaussianEncoder } from '../../src/models/gaussian-encoder';
import { mlpVae } from '../../src/models/mlp-vae';
import type { Network } from '../../src/models/network';
import { Vae } from '../../src/models/vae';
import { variable } from '../support/networks';
import { shake } from './model-file-support';

const { layers } = tf;
const SHAPE = [2, 3, 2] as const; // height, width, channels
const SIZE = 12;
let vae: Vae;

beforeAll(async () => void (await tf.setBackend('cpu')));
afterEach(() => vae.dispose());

/** Each variable under its own path as its name in torch. */
const ownNames = (model: Vae): TorchNames =>
  Object.fromEntries(Object.keys(model.variables()).map(path => [path, path]));

/** The tensors that torch is given. */
async function inTorch(model: Vae, more: { names?: TorchNames; flattened?: 'nchw' | 'nhwc' } = {}) {
  const { tensors } = readSafetensors(await saveTorchWeights(model, { names: ownNames(model), ...more }));
  return (path: string) => {
    const { shape, values } = tensors.get(path)!;
    return { shape, values: [...values], tensor: () => tf.tensor(values, [...shape]) };
  };
}

function build(encoder: Network, decoder: Network = sequential([dense(SIZE, [2])]), head = true): Vae {
  vae = new Vae({
    encoder: new GaussianEncoder({ network: encoder, latentDim: 2, seed: 1, ...(head && { logVarRange: false }) }),
    decoder: new BernoulliDecoder({ network: decoder }),
  });
  shake(vae, 2);
  return vae;
}

const sequential = (list: tf.layers.Layer[]) => tf.sequential({ layers: list });
const dense = (units: number, inputShape?: number[]) => layers.dense({ units, ...(inputShape && { inputShape }) });

/** A batch of images, and the vectors that torch makes of them: `view` of [batch, channels, height, width]. */
function images() {
  const x = tf.randomUniform([4, ...SHAPE], 0, 1, 'float32', 3);
  return { x, flat: tf.reshape(tf.transpose(x, [0, 3, 1, 2]), [4, SIZE]) as tf.Tensor2D };
}

/** h·Wᵀ + b, as torch has it. */
function linear(h: tf.Tensor, of: Awaited<ReturnType<typeof inTorch>>, kernel: string, bias: string) {
  return tf.add(tf.matMul(h as tf.Tensor2D, of(kernel).tensor() as tf.Tensor2D, false, true), of(bias).tensor());
}

function expectSame(a: tf.Tensor, b: tf.Tensor): void {
  expect(a.shape).toEqual(b.shape);
  expect(tf.max(tf.abs(tf.sub(a, b))).dataSync()[0]).toBeLessThan(1e-6);
}

describe('what torch would compute with the tensors that it is given', () => {
  test('images of several channels through dense layers, there and back', async () => {
    vae = mlpVae({ inputShape: SHAPE, latentDim: 2, hidden: [5], seed: 1 });
    shake(vae, 2);
    const of = await inTorch(vae);
    const { x, flat } = images();
    const hidden = tf.relu(linear(flat, of, 'encoder/0/kernel', 'encoder/0/bias'));
    const mean = linear(hidden, of, 'encoder/head/0/meanKernel', 'encoder/head/0/meanBias');
    expectSame(vae.embed(x), mean);
    const back = tf.relu(linear(mean, of, 'decoder/0/kernel', 'decoder/0/bias'));
    const pixels = tf.sigmoid(linear(back, of, 'decoder/1/kernel', 'decoder/1/bias'));
    expectSame(vae.reconstruct(x), tf.transpose(tf.reshape(pixels, [4, 2, 2, 3]), [0, 2, 3, 1]));
  });

  test('a head that flattens by itself', async () => {
    build(sequential([layers.activation({ activation: 'linear', inputShape: [...SHAPE] })]));
    const of = await inTorch(vae);
    const { x, flat } = images();
    expectSame(vae.embed(x), linear(flat, of, 'encoder/head/0/meanKernel', 'encoder/head/0/meanBias'));
  });

  test('a condition that is joined to flattened features', async () => {
    const [x, condition] = [tf.input({ shape: [...SHAPE] }), tf.input({ shape: [3] })];
    const flat = layers.dropout({ rate: 0.5 }).apply(layers.flatten().apply(x)) as tf.SymbolicTensor;
    const joined = layers.concatenate().apply([condition, flat]) as tf.SymbolicTensor;
    build(tf.model({ inputs: [x, condition], outputs: layers.reLU().apply(joined) as tf.SymbolicTensor }));
    const of = await inTorch(vae);
    const given = images();
    const labels = tf.oneHot([0, 2, 1, 0], 3).toFloat();
    const there = tf.concat([labels, given.flat], 1);
    const found = vae.embed(given.x, { condition: labels });
    expectSame(found, linear(there, of, 'encoder/head/0/meanKernel', 'encoder/head/0/meanBias'));
  });

  test('a network within a network gives the tensors of the flat one', async () => {
    const parts = () => [
      layers.flatten({ inputShape: [...SHAPE] }),
      layers.batchNormalization({ name: 'bn' }),
      dense(5),
      dense(4),
    ];
    build(sequential(parts()));
    const flat = await inTorch(vae);
    const weights = Object.values(vae.variables()).map(v => v.dataSync());
    const expected = ['gamma', 'beta', 'moving_mean', 'moving_variance'].map(name => flat(`encoder/0/${name}`).values);
    const [kernel, inner] = [flat('encoder/1/kernel').values, flat('encoder/2/kernel').values];
    vae.dispose();
    const [a, b, c, d] = parts();
    build(sequential([a!, sequential([layers.reLU({ inputShape: [SIZE] }), b!, c!]), d!]));
    Object.values(vae.variables()).forEach((v, i) => void v.assign(tf.tensor(weights[i]!, v.shape)));
    const nested = await inTorch(vae);
    const found = ['gamma', 'beta', 'moving_mean', 'moving_variance'].map(name => nested(`encoder/0/0/${name}`).values);
    expect(found).toEqual(expected);
    expect(nested('encoder/0/1/kernel').values).toEqual(kernel);
    expect(nested('encoder/1/kernel').values).toEqual(inner);
  });

  test("flattened: 'nhwc' leaves rows where they are, and one channel needs no other order", async () => {
    vae = mlpVae({ inputShape: SHAPE, latentDim: 2, hidden: [5], seed: 1 });
    const kernel = vae.variables()['encoder/0/kernel']!;
    const plain = [...tf.transpose(kernel).dataSync()];
    expect((await inTorch(vae, { flattened: 'nhwc' }))('encoder/0/kernel')).toMatchObject({
      shape: [5, 12],
      values: plain,
    });
    expect((await inTorch(vae))('encoder/0/kernel').values).not.toEqual(plain);
    vae.dispose();
    vae = mlpVae({ inputShape: [4, 3, 1], latentDim: 2, hidden: [5], seed: 1 });
    const grey = [...tf.transpose(vae.variables()['encoder/0/kernel']!).dataSync()];
    expect((await inTorch(vae))('encoder/0/kernel').values).toEqual(grey);
  });

  test('convVae: there and back changes nothing', async () => {
    vae = convVae({ inputShape: [4, 8, 3], latentDim: 2, filters: [2, 5], conditionDim: 3, seed: 1 });
    shake(vae, 2);
    const other = convVae({ inputShape: [4, 8, 3], latentDim: 2, filters: [2, 5], conditionDim: 3, seed: 9 });
    const bytes = await saveTorchWeights(vae, { names: ownNames(vae) });
    await loadTorchWeights(other, bytes, { names: ownNames(vae) });
    for (const [path, v] of Object.entries(other.variables())) {
      expect(v.dataSync(), path).toEqual(vae.variables()[path]!.dataSync());
    }
    expect((await inTorch(vae))('encoder/0/kernel').shape).toEqual([2, 3, 3, 3]);
    expect((await inTorch(vae))('decoder/1/kernel').shape).toEqual([5, 5, 3, 3]);
    other.dispose();
  });
});

describe('what cannot be said in weights is refused', () => {
  const refused: [string, () => Vae, RegExp][] = [
    [
      'vectors of the data that are made images',
      () =>
        build(
          sequential([layers.reshape({ targetShape: [...SHAPE], inputShape: [SIZE] }), layers.flatten(), dense(3)]),
        ),
      /saveTorchWeights: an input or output of the network holds an image that torch flattens in another order.*give flattened: 'nhwc'/,
    ],
    [
      'a decoder that flattens at its end',
      () =>
        build(
          sequential([dense(3, [12])]),
          sequential([dense(12, [2]), layers.reshape({ targetShape: [...SHAPE] }), layers.flatten()]),
        ),
      /an input or output of the network holds an image/,
    ],
    [
      'one image reshaped to another',
      () => build(sequential([layers.reshape({ targetShape: [3, 2, 2], inputShape: [...SHAPE] }), layers.flatten()])),
      /reshapes an image to another image/,
    ],
    [
      'a layer that is not known, on a flattened image',
      () =>
        build(
          sequential([
            layers.flatten({ inputShape: [...SHAPE] }),
            layers.layerNormalization({ name: 'norm' }),
            dense(3),
          ]),
        ),
      /the layer norm \(LayerNormalization\) is applied to a flattened image/,
    ],
    [
      'a sequence, flattened',
      () => build(sequential([layers.flatten({ inputShape: [3, 2] }), dense(3)])),
      /how torch orders the values of .*a batch of \[3,2\], is not known/,
    ],
  ];
  test.each(refused)('%s', async (_, make, message) => {
    make();
    await expect(inTorch(vae)).rejects.toThrow(message);
    // And is taken where the user says that torch has the same order.
    await expect(inTorch(vae, { flattened: 'nhwc' })).resolves.toBeTypeOf('function');
  });

  test('the weights of a function, unless the axes are given', async () => {
    const kernel = variable([3, 3], 4);
    build({
      apply: ([x]: tf.Tensor[]) => tf.matMul(x as tf.Tensor2D, kernel as unknown as tf.Tensor2D),
      variables: { kernel },
      inputShapes: [[3]],
      outputShapes: [[3]],
    });
    await expect(inTorch(vae)).rejects.toThrow(
      /how torch lays out encoder\/kernel \[3,3\] is not known.*'encoder\/kernel': \{ path: 'encoder\/kernel', axes \}, such as axes: \[1, 0\]/,
    );
    const names = { ...ownNames(vae), 'encoder/kernel': { path: 'encoder/kernel', axes: [1, 0] } };
    expect((await inTorch(vae, { names }))('encoder/kernel').values).toEqual([...tf.transpose(kernel).dataSync()]);
    const bytes = await saveTorchWeights(vae, { names });
    const before = [...kernel.dataSync()];
    kernel.assign(tf.zeros([3, 3]));
    await loadTorchWeights(vae, bytes, { names });
    expect([...kernel.dataSync()]).toEqual(before);
  });
});
