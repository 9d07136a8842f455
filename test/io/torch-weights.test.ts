import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { FileFormatError } from '../../src/data/file-format-error';
import { readSafetensors, writeSafetensors } from '../../src/io/safetensors';
import type { TorchNames } from '../../src/io/torch-names';
import { loadTorchWeights, saveTorchWeights } from '../../src/io/torch-weights';
import type { Vae } from '../../src/models/vae';
import { describeBackends } from '../support/backends';
import { weightsOf } from '../support/networks';
import { furthest, golden, goldenValues, passOf, torchModels } from './torch-support';

describeBackends('loadTorchWeights', () => {
  const cases = Object.keys(torchModels).flatMap(name =>
    ['f32', 'f16', 'bf16', 'f64'].map(type => [name, type] as const),
  );
  test.each(cases)('%s in %s computes what torch computes', async (name, type) => {
    const { build, names } = torchModels[name]!;
    const vae = build();
    const start = tf.memory().numTensors;
    await loadTorchWeights(vae, golden(`${name}-${type}`), { names });
    expect(tf.memory().numTensors).toBe(start);
    const { x, ...expected } = goldenValues(name, type);
    const found = passOf(vae, x);
    for (const key of ['mean', 'logVar', 'decoded'] as const) {
      expect(furthest(found[key], expected[key]), key).toBeLessThan(1e-6);
    }
    // float16 against the model that was rounded.
    if (type === 'f16') {
      const exact = goldenValues(name, 'f32');
      for (const key of ['mean', 'logVar', 'decoded'] as const) {
        expect(furthest(found[key], exact[key]), key).toBeLessThan(1e-3);
        expect(furthest(found[key], exact[key]), key).toBeGreaterThan(0);
      }
      exact.x.dispose();
    }
    x.dispose();
    vae.dispose();
  });
});

test.each(Object.keys(torchModels))('%s: there and back is the file of torch, but for the counters', async name => {
  const { build, names } = torchModels[name]!;
  const vae = build();
  const given = golden(`${name}-f32`);
  await loadTorchWeights(vae, given, { names });
  const back = readSafetensors(await saveTorchWeights(vae, { names }));
  const { tensors } = readSafetensors(given);
  for (const key of tensors.keys()) if (key.endsWith('num_batches_tracked')) tensors.delete(key);
  expect(new Map([...back.tensors].sort())).toEqual(new Map([...tensors].sort()));
  expect(back.metadata).toEqual(new Map([['format', 'pt']]));
  vae.dispose();
});

/** The error, and the model as it was. */
async function refusal(vae: Vae, source: Uint8Array, names: unknown, more = {}): Promise<Error> {
  const before = weightsOf(vae);
  const start = tf.memory().numTensors;
  const error: unknown = await loadTorchWeights(vae, source, { names: names as TorchNames, ...more }).catch(e => e);
  expect(error).toBeInstanceOf(Error);
  expect(weightsOf(vae)).toEqual(before);
  expect(tf.memory().numTensors).toBe(start);
  return error as Error;
}

test('names that do not fit are listed in one error with the nearest, and nothing is changed', async () => {
  const { build, names } = torchModels['example']!;
  const vae = build();
  const file = golden('example-f32');
  const { 'fc1.weight': _, 'fc4.bias': __, ...rest } = names;

  let { message } = await refusal(vae, file, {
    ...rest,
    'fc1.wieght': 'encoder/0/kernel',
    'fc4.bias': 'decoder/1/bias',
  });
  expect(message).toBe(
    'loadTorchWeights: the bytes: the file has no fc1.wieght (nearest: fc1.weight); names has no place for fc1.weight',
  );
  ({ message } = await refusal(vae, file, { ...rest, 'fc1.weight': 'encoder/0/kernal', extra: 'decoder/0/bias' }));
  expect(message).toBe(
    'loadTorchWeights: the model has no encoder/0/kernal (nearest: encoder/0/kernel); names gives nothing for encoder/0/kernel, decoder/1/bias; names gives twice decoder/0/bias',
  );
  ({ message } = await refusal(vae, file, null));
  expect(message).toMatch(/names is missing|names must be an object/);
  ({ message } = await refusal(vae, file, ['fc1.weight']));
  expect(message).toMatch(/names must be an object such as/);
  ({ message } = await refusal(vae, file, { ...names, 'fc4.bias': { path: 'decoder/1/bias', axis: [0] } }));
  expect(message).toMatch(/names\['fc4.bias'\]: unknown option axis; it takes path, axes/);
  ({ message } = await refusal(vae, file, { ...names, 'fc4.bias': { path: 'decoder/1/bias', axes: [1] } }));
  expect(message).toMatch(/axes of decoder\/1\/bias must hold 0 to 0, each once, got \[1\]/);
  ({ message } = await refusal(vae, file, names, { flattened: 'hwc' }));
  expect(message).toMatch(/flattened must be 'nchw' or 'nhwc', got "hwc"/);
  ({ message } = await refusal(vae, file, names, { flatten: 'nchw' }));
  expect(message).toMatch(/unknown option flatten; write flattened/);
  vae.dispose();
});

test('files that do not fit are refused, and nothing is changed', async () => {
  const { build, names } = torchModels['example']!;
  const vae = build();
  const file = golden('example-f32');
  const records = Object.fromEntries(readSafetensors(file).tensors);
  const turned = { ...records['fc1.weight']!, shape: [30, 16] };
  const shape = await refusal(vae, writeSafetensors({ ...records, 'fc1.weight': turned }), names);
  expect(shape).toBeInstanceOf(FileFormatError);
  expect(shape.message).toMatch(
    /fc1.weight is \[30,16\], but for encoder\/0\/kernel \[30,16\] it has to be \[16,30\]; build/,
  );
  const ints = { dtype: 'int32' as const, shape: [16], values: new Int32Array(16) };
  const dtype = await refusal(vae, writeSafetensors({ ...records, 'fc1.bias': ints }), names);
  expect(dtype.message).toMatch(/encoder\/0\/bias is float32 \[16\] in the model, but int32/);
  for (const start of [
    [0x50, 0x4b, 3, 4],
    [0x80, 2, 0x8a, 10],
  ]) {
    const pickle = await refusal(vae, new Uint8Array([...start, 0, 0, 0, 0, 0, 0]), names);
    expect(pickle).toBeInstanceOf(FileFormatError);
    expect(pickle.message).toMatch(/a pickle, which may hold code and is not opened; .*save_file/);
  }
  expect(await refusal(vae, file.subarray(0, 900), names)).toBeInstanceOf(FileFormatError);
  vae.dispose();
});
