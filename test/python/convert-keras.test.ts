import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import {
  BernoulliDecoder,
  convVae,
  GaussianDecoder,
  GaussianEncoder,
  loadVae,
  mlpVae,
  readSafetensors,
  saveVae,
  Vae,
  writeSafetensors,
} from 'tfjs-vae';
import { file } from 'tfjs-vae/node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { shake } from '../io/model-file-support';
import { furthest, passOf } from '../io/torch-support';
import { hasModule, pythonOutput } from './python';

const present = hasModule('keras', 'converting Keras models');
const folder = mkdtempSync(join(tmpdir(), 'tfjs-vae-keras-'));
const at = (name: string) => join(folder, name);
const parts = [GaussianEncoder, BernoulliDecoder];

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What Keras made of x. */
function expectedOf(name: string) {
  const { tensors } = readSafetensors(readFileSync(at(`${name}-expected.safetensors`)));
  const of = (key: string) => [...tensors.get(key)!.values];
  const { shape, values } = tensors.get('x')!;
  return { x: tf.tensor(values, [...shape]), mean: of('mean'), logVar: of('logVar'), decoded: of('decoded') };
}

/** The largest differences from what Keras computed, of a converted file that is loaded here. */
async function differences(path: string, name: string) {
  const vae = await loadVae(file(path), { parts });
  const { x, ...expected } = expectedOf(name);
  const found = passOf(vae, x);
  vae.dispose();
  x.dispose();
  return (['mean', 'logVar', 'decoded'] as const).map(key => furthest(found[key], expected[key]));
}

/** The largest difference, for numbers beyond 1 as a share of them. */
const apart = (a: readonly number[], b: readonly number[]) => {
  const scale = b.map(value => Math.max(1, Math.abs(value)));
  return furthest(
    a.map((value, i) => value / scale[i]!),
    b.map((value, i) => value / scale[i]!),
  );
};

/** Several commands in one process of Python, since Keras takes seconds to start. */
function convertAll(commands: readonly (readonly string[])[]): void {
  const program = `
import json, sys
from tfjs_vae.convert import main
for arguments in json.load(sys.stdin):
    print('>', *arguments)
    sys.exit(1) if main(arguments) else None
`;
  told = pythonOutput(['-c', program], JSON.stringify(commands));
}
let told = '';

const two = (name: string, ending: string) => [
  '--encoder',
  at(`${name}-encoder.${ending}`),
  '--decoder',
  at(`${name}-decoder.${ending}`),
];

const sources: [string, string, () => string[]][] = [
  ['the example page, two files', 'example', () => two('example', 'keras')],
  ['the example page, two HDF5 files', 'example', () => two('example', 'h5')],
  ['the example page, one file of its class', 'example', () => [at('example-class.keras')]],
  ['a model of two models', 'example', () => [at('example-nested.keras')]],
  ['a model of two models, HDF5', 'example', () => [at('example-nested.h5')]],
  ['one graph with the sampling within', 'example', () => [at('example-flat.keras')]],
  ['every layer', 'zoo', () => two('zoo', 'keras')],
];

describe.skipIf(!present)('from Keras', () => {
  beforeAll(async () => {
    await tf.setBackend('cpu');
    pythonOutput(['test/python/keras_models.py', folder]);
    convertAll(sources.map(([, , args], i) => [...args(), at(`out-${i}.safetensors`)]));
  });

  test.each(sources.map(([what, name], i) => [what, name, i] as const))('%s', async (_what, name, i) => {
    const [mean, logVar, decoded] = await differences(at(`out-${i}.safetensors`), name);
    expect(mean).toBeLessThan(1e-6);
    expect(logVar).toBeLessThan(1e-6);
    expect(decoded).toBeLessThan(1e-6);
  });

  test('tells what it took, and what it took off', () => {
    const lines = told.split('\n').filter(line => line.startsWith('the '));
    expect(lines.length).toBe(2 * sources.length);
    expect(lines.slice(0, 2)).toEqual([
      'the mean is the layer z_mean, the log-variance z_log_var',
      'the sigmoid at the end of the decoder belongs to the likelihood, and was taken off the network',
    ]);
  });
});

const models: [string, () => Vae][] = [
  ['images of several channels', () => mlpVae({ inputShape: [3, 4, 2], latentDim: 2, hidden: [6, 5], seed: 1 })],
  ['convolutions', () => convVae({ inputShape: [8, 12, 2], latentDim: 3, filters: [3, 4], seed: 1 })],
  ['a condition', () => convVae({ inputShape: [4, 4, 1], latentDim: 2, filters: [2], conditionDim: 3, seed: 1 })],
  ['a head that flattens, without a clip', headOnImages],
  ['a Gaussian decoder', () => mlpVae({ inputShape: [6], latentDim: 2, decoder: { sigma: 'shared' }, seed: 1 })],
];

describe.skipIf(!present)('to Keras, and back', () => {
  const kept: { vae: Vae; x: tf.Tensor; condition: tf.Tensor | undefined }[] = [];
  const keys = ['mean', 'logVar', 'decoded'] as const;

  beforeAll(async () => {
    await tf.setBackend('cpu');
    for (const [i, [, build]] of models.entries()) {
      const vae = build();
      shake(vae, 3);
      if ((vae.encoder as GaussianEncoder).head?.logVarRange) {
        // Far enough for the soft clip of the log-variance to count.
        const bias = vae.variables()['encoder/head/0/logVarBias']!;
        bias.assign(tf.tensor1d(Array.from({ length: vae.latentDim }, (_, k) => (k % 2 === 0 ? 14 : -13))));
      }
      const x = tf.randomUniform([4, ...(vae.inputShape as number[])], 0, 1, 'float32', 5);
      const condition = vae.conditional ? tf.oneHot([0, 2, 1, 0], 3).toFloat() : undefined;
      kept.push({ vae, x, condition });
      await saveVae(vae, file(at(`ours-${i}.safetensors`)));
      const records = Object.entries({ x, ...(condition && { condition }) }).map(([name, t]) => {
        const values = Float32Array.from(t.dataSync());
        return [name, { dtype: 'float32' as const, shape: t.shape, values }] as const;
      });
      writeFileSync(at(`x-${i}.safetensors`), writeSafetensors(Object.fromEntries(records)));
    }
    const all = [...models.keys()];
    convertAll(all.map(i => [at(`ours-${i}.safetensors`), at(`ours-${i}.keras`)]));
    expect(told).toMatch(/σ = 1\.\d+ has no place in a Keras model/);
    const runs = all.flatMap(i => [at(`ours-${i}.keras`), at(`x-${i}.safetensors`), at(`y-${i}.safetensors`)]);
    pythonOutput(['test/python/keras_run.py', ...runs]);
    convertAll(
      all.map(i => {
        const more = i === all.length - 1 ? ['--likelihood', 'gaussian'] : [];
        return [at(`ours-${i}.keras`), at(`back-${i}.safetensors`), ...more];
      }),
    );
  });
  afterAll(() => {
    for (const { vae, x, condition } of kept) {
      vae.dispose();
      tf.dispose([x, ...(condition ? [condition] : [])]);
    }
  });

  test.each(models.map(([what], i) => [what, i] as const))('%s', async (_what, i) => {
    const { vae, x, condition } = kept[i]!;
    const expected = passOf(vae, x, condition);
    const { tensors } = readSafetensors(readFileSync(at(`y-${i}.safetensors`)));
    for (const key of keys) expect(apart([...tensors.get(key)!.values], expected[key]), key).toBeLessThan(1e-6);
    const back = await loadVae(file(at(`back-${i}.safetensors`)), { parts: [...parts, GaussianDecoder] });
    const again = passOf(back, x, condition);
    for (const key of keys) expect(apart(again[key], expected[key]), key).toBeLessThan(1e-6);
    back.dispose();
  });
});

/** An encoder whose head takes images, and leaves the log-variance as it is. */
function headOnImages(): Vae {
  const { conv2d, dense, reshape } = tf.layers;
  const kernelInitializer = tf.initializers.glorotUniform({ seed: 1 });
  const body = [conv2d({ filters: 3, kernelSize: 2, activation: 'relu', inputShape: [4, 5, 2], kernelInitializer })];
  const pixels = [dense({ units: 24, inputShape: [2], kernelInitializer }), reshape({ targetShape: [4, 3, 2] })];
  return new Vae({
    encoder: new GaussianEncoder({
      network: tf.sequential({ layers: body }),
      latentDim: 2,
      logVarRange: false,
      seed: 1,
    }),
    decoder: new BernoulliDecoder({ network: tf.sequential({ layers: pixels }) }),
  });
}
