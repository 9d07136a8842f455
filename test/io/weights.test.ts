import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { FileFormatError } from '../../src/data/file-format-error';
import { readSafetensors, writeSafetensors } from '../../src/io/safetensors';
import { saveVae } from '../../src/io/save-vae';
import { seal } from '../../src/io/seal';
import { loadWeights, saveWeights } from '../../src/io/weights';
import { BernoulliDecoder } from '../../src/models/bernoulli-decoder';
import { GaussianEncoder } from '../../src/models/gaussian-encoder';
import { Vae } from '../../src/models/vae';
import { describeBackends } from '../support/backends';
import { countingLinear, variable, weightsOf } from '../support/networks';
import { memoryFile, outputsOf, shake, variants } from './model-file-support';

const functions = (seed: number) =>
  new Vae({
    encoder: new GaussianEncoder({ network: countingLinear(6, 4, seed).network, latentDim: 2 }),
    decoder: new BernoulliDecoder({ network: countingLinear(2, 6, seed).network }),
  });

describeBackends('saveWeights, loadWeights', () => {
  test('networks that are functions: bit for bit, nothing leaks', async () => {
    const [vae, other] = [functions(1), functions(5)];
    shake(vae, 3);
    const start = tf.memory().numTensors;
    expect(weightsOf(other)).not.toEqual(weightsOf(vae));
    const file = memoryFile();
    await saveWeights(vae, file);
    await loadWeights(other, file);
    expect(weightsOf(other)).toEqual(weightsOf(vae));
    expect(outputsOf(other)).toEqual(outputsOf(vae));
    expect(tf.memory().numTensors).toBe(start);
    vae.dispose();
    other.dispose();
  });

  test('int32 and bool, scalars and empty ones, whatever they are called', async () => {
    const make = (step: number) =>
      tf.tidy(() => ({
        step: tf.variable(tf.scalar(step, 'int32'), false),
        used: tf.variable(tf.tensor1d([1, 0, step], 'bool'), false),
        none: tf.variable(tf.zeros([0, 3])),
        ['__proto__']: variable([2], step),
        constructor: variable([2], step + 1),
      }));
    const [a, b] = [make(1), make(0)];
    const file = memoryFile();
    await saveWeights({ variables: () => a }, file);
    await loadWeights({ variables: () => b }, file);
    expect(Object.keys(b)).toContain('__proto__');
    for (const [name, v] of Object.entries(b)) {
      const from = Object.entries(a).find(([other]) => other === name)![1];
      expect(v.dataSync(), name).toEqual(from.dataSync());
      expect(v.dtype).toBe(from.dtype);
    }
    for (const v of [...Object.values(a), ...Object.values(b)]) v.dispose();
  });
});

test('takes the weights of a model file, and of a file that another tool wrote', async () => {
  const [vae, second, third] = [variants['mlp']!(), variants['mlp']!(), variants['mlp']!()];
  shake(vae, 4);
  const file = memoryFile();
  await saveVae(vae, file);
  await loadWeights(second, file);
  expect(weightsOf(second)).toEqual(weightsOf(vae));
  // As numpy's writer does: no metadata of ours, no checksum.
  const foreign = writeSafetensors(Object.fromEntries(readSafetensors(file.bytes!).tensors), { format: 'np' });
  await loadWeights(third, foreign);
  expect(weightsOf(third)).toEqual(weightsOf(vae));
  for (const model of [vae, second, third]) model.dispose();
});

test('a file of the reference package', async () => {
  const bytes = readFileSync('test/golden/safetensors/metadata.safetensors');
  const w = variable([2], 1);
  await loadWeights({ variables: () => ({ w }) }, bytes);
  expect([...w.dataSync()]).toEqual([1, 2]);
  w.dispose();
});

test('what does not fit is refused by name, and nothing is changed', async () => {
  const [vae, other] = [variants['mlp, vectors']!(), variants['mlp, vectors']!()];
  shake(vae, 4);
  const file = memoryFile();
  await saveWeights(vae, file);
  const { tensors } = readSafetensors(file.bytes!);
  const records = Object.fromEntries(tensors);
  const before = weightsOf(other);
  const start = tf.memory().numTensors;
  const first = 'decoder/0/kernel';
  const { [first]: kernel, ...without } = records;
  const cases: [string, Record<string, (typeof records)[string]>, RegExp][] = [
    ['missing', without, /another model: it lacks decoder\/0\/kernel; build/],
    ['unknown', { ...records, extra: kernel! }, /the model has no extra; build/],
    ['renamed', { ...without, renamed: kernel! }, /it lacks decoder\/0\/kernel, the model has no renamed/],
    ['all of them', {}, /it lacks .*, .*, .* and \d+ more/],
    [
      'shape',
      { ...records, [first]: { ...kernel!, shape: [5, 3] } },
      /kernel is float32 \[3,5\] in the model, but float32 \[5,3\]/,
    ],
    [
      'dtype',
      { ...records, [first]: { dtype: 'int32', shape: [3, 5], values: new Int32Array(15) } },
      /is float32 \[3,5\] in the model, but int32/,
    ],
  ];
  for (const [what, tampered, message] of cases) {
    const error: unknown = await loadWeights(other, writeSafetensors(tampered)).catch((e: unknown) => e);
    expect(error, what).toBeInstanceOf(FileFormatError);
    expect((error as Error).message, what).toMatch(message);
    expect(weightsOf(other), what).toEqual(before);
    expect(tf.memory().numTensors, what).toBe(start);
  }
  const newer = seal({ format: 'tfjs-vae/weights', version: 9 }, records, {});
  await expect(loadWeights(other, newer)).rejects.toThrow(/version 1 of 'tfjs-vae\/weights', the file has 9/);
  const checkpoint = seal({ format: 'tfjs-vae/checkpoint', version: 1 }, records, {});
  await expect(loadWeights(other, checkpoint)).rejects.toThrow(/got one of the format 'tfjs-vae\/checkpoint'/);
  const damaged = file.bytes!.slice();
  damaged[damaged.length - 2]! ^= 4;
  await expect(loadWeights(other, damaged)).rejects.toThrow(
    'loadWeights: the bytes: readSafetensors: the file is damaged',
  );
  expect(weightsOf(other)).toEqual(before);
  vae.dispose();
  other.dispose();
});
