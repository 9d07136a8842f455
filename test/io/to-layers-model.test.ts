import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { toLayersModel } from '../../src/io/to-layers-model';
import { registerLayers } from '../../src/layers/register-layers';
import { BernoulliDecoder } from '../../src/models/bernoulli-decoder';
import type { GaussianDecoder } from '../../src/models/gaussian-decoder';
import { GaussianEncoder } from '../../src/models/gaussian-encoder';
import { mlpVae } from '../../src/models/mlp-vae';
import { Vae } from '../../src/models/vae';
import { Rng } from '../../src/random/rng';
import { distance, reload } from '../layers/support';
import { describeBackends, values } from '../support/backends';
import { countingLinear, mlp } from '../support/networks';
import { shake, variants } from './model-file-support';

describeBackends('toLayersModel', () => {
  test.each(['mlp', 'conv', 'mlp, conditional', 'sigma shared', 'sigma per element'])(
    '%s: encoder and decoder, and what tfjs saves and loads of them',
    async name => {
      registerLayers();
      const vae = variants[name]!();
      shake(vae, 3);
      const x = new Rng(1).uniform([2, ...(vae.inputShape as number[])]);
      const z = new Rng(2).normal([2, vae.latentDim]);
      const condition = vae.conditional ? tf.oneHot([0, 2], 3) : undefined;
      const given = (t: tf.Tensor) => (condition ? [t, tf.cast(condition, 'float32')] : t);
      const posterior = vae.encode(x, condition ? { condition } : {});
      const encoder = toLayersModel(vae.encoder);
      const decoder = toLayersModel(vae.decoder);
      const network = vae.networks()['decoder'] as tf.LayersModel;
      const raw = (network.predict(given(z)) as tf.Tensor).dataSync();
      for (const model of [encoder, await reload(encoder)]) {
        expect(model.inputs.map(i => i.shape)).toEqual(
          (vae.networks()['encoder'] as tf.LayersModel).inputs.map(i => i.shape),
        );
        const [mean, logVar] = model.predict(given(x)) as tf.Tensor[];
        expect(mean!.dataSync()).toEqual(posterior.params['mean']!.dataSync());
        expect(logVar!.dataSync()).toEqual(posterior.params['logVar']!.dataSync());
      }
      for (const model of [decoder, await reload(decoder)]) {
        expect((model.predict(given(z)) as tf.Tensor).dataSync()).toEqual(raw);
      }
      vae.dispose();
    },
  );
});

/** A network within a network. */
function nested(sizes: readonly number[]): tf.LayersModel {
  const x = tf.input({ shape: [sizes[0]!] });
  return tf.model({ inputs: x, outputs: mlp(sizes).apply(x) as tf.SymbolicTensor });
}

const makers: [string, () => Vae][] = [
  ['functional', () => mlpVae({ inputShape: [3], latentDim: 2, hidden: [4], seed: 1 })],
  ['sequential', () => made(mlp([3, 4]), mlp([2, 3]))],
  ['nested', () => made(nested([3, 4]), nested([2, 3]))],
];

function made(encoder: tf.LayersModel, decoder: tf.LayersModel): Vae {
  return new Vae({
    encoder: new GaussianEncoder({ network: encoder, latentDim: 2 }),
    decoder: new BernoulliDecoder({ network: decoder }),
  });
}

describe.each(makers)('weights are shared, and freed when nobody needs them: %s', (_, make) => {
  test.each(['vae first', 'models first'])('%s', order => {
    const start = tf.memory().numTensors;
    const vae = make();
    const built = tf.memory().numTensors;
    const models = [vae.encoder, vae.decoder, vae.encoder].map(toLayersModel);
    expect(tf.memory().numTensors).toBe(built);
    const encoder = models[0]!;
    const x = tf.ones([1, 3]);
    const embedded = () => tf.tidy(() => Array.from((encoder.predict(x) as tf.Tensor[])[0]!.dataSync()));
    const before = embedded();
    shake(vae, 1);
    const now = values(vae.embed(x));
    expect(now).not.toEqual(before);
    expect(embedded()).toEqual(now);
    if (order === 'vae first') {
      vae.dispose();
      expect(embedded()).toEqual(now);
      for (const model of models) model.dispose();
    } else {
      for (const model of models) model.dispose();
      expect(values(vae.embed(x))).toEqual(now);
      vae.dispose();
    }
    x.dispose();
    expect(tf.memory().numTensors).toBe(start);
  });
});

test('a network with both outputs, and a part that runs a function', () => {
  const x = tf.input({ shape: [3] });
  const outputs = [1, 2].map(seed => mlp([3, 2], seed).apply(x) as tf.SymbolicTensor);
  const encoder = new GaussianEncoder({ network: tf.model({ inputs: x, outputs }), latentDim: 2 });
  const model = toLayersModel(encoder);
  const input = tf.ones([1, 3]);
  const { mean, logVar } = encoder.encode(input).params;
  const found = model.predict(input) as tf.Tensor[];
  expect(found.map(t => t.dataSync())).toEqual([mean, logVar].map(t => t!.dataSync()));
  const decoder = new BernoulliDecoder({ network: countingLinear(2, 3).network });
  expect(() => toLayersModel(decoder)).toThrow('toLayersModel: the part must be built on a tf.LayersModel');
  expect(() => toLayersModel({})).toThrow('toLayersModel');
});

test('the decoder of a Gaussian gives the mean before its sigmoid', () => {
  const vae = variants['sigma shared']!();
  const z = tf.ones([1, 2]);
  const squashed = (vae.decoder as GaussianDecoder).decode(z).mean();
  expect(tf.sigmoid(toLayersModel(vae.decoder).predict(z) as tf.Tensor).dataSync()).toEqual(squashed.dataSync());
});

/** A folder with model.json and shards, as the converter of tensorflowjs writes it. */
function folderHandler(folder: string, rename: (json: string) => string): tf.io.IOHandler {
  return {
    load() {
      const json = JSON.parse(rename(readFileSync(`${folder}/model.json`, 'utf8'))) as tf.io.ModelJSON;
      return tf.io.getModelArtifactsForJSON(json, async manifest => [
        manifest.flatMap(group => group.weights),
        manifest.flatMap(group => group.paths.map(path => Uint8Array.from(readFileSync(`${folder}/${path}`)).buffer)),
      ]);
    },
  };
}

describeBackends('an encoder of Keras with a Sampling layer', () => {
  test.each(['Sampling', 'Custom>Sampling'])('loads from the files of the converter: class %s', async name => {
    registerLayers({ sampling: true });
    const handler = folderHandler('test/golden/keras-vae', json => json.replace('"Sampling"', JSON.stringify(name)));
    const model = await tf.loadLayersModel(handler);
    const [mean, logVar, z] = (model.predict(tf.tensor2d([[1, -2, 0.5]])) as tf.Tensor[]).map(values);
    // relu([1, −2, 0.5]·W + b) = relu([0.5, −1.75, 2.25]) = [0.5, 0, 2.25], by hand from the numbers in README.md there.
    expect(mean).toEqual([0.5 * 1 + 2.25 * -1 + 0.25, 0.5 * 2 + 2.25 * 0.5 - 0.5]);
    expect(logVar).toEqual([0.5 * -1 + 2.25 * 0.5 + 0.125, 0.5 * 0 + 2.25 * -2 + 1]);
    const { seed } = model.getLayer('sampling').getConfig() as { seed: number };
    const noise = values(new Rng(seed).fork('sampling').fork('predict').normal([1, 2]));
    const expected = mean!.map((m, i) => m + Math.exp(logVar![i]! / 2) * noise[i]!);
    expect(distance(z!, expected)).toBeLessThan(1e-5);
    model.dispose();
  });
});
