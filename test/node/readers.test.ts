import { mkdtemp, readdir, readlink, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { FileFormatError } from '../../src/data/file-format-error';
import { parseIdx } from '../../src/data/idx';
import { writeSafetensors } from '../../src/io/safetensors';
import { mlpVae } from '../../src/models/mlp-vae';
import { fileBytes } from '../../src/node/file-bytes';
import { idxReader, rawReader, safetensorsReader } from '../../src/node/readers';
import { Rng } from '../../src/random/rng';
import { VaeTrainer } from '../../src/training/trainer';
import { idxBytes } from '../support/idx';
import { weightsOf } from '../support/networks';

const COUNT = 50;
const body = Uint8Array.from({ length: COUNT * 16 }, (_, i) => (i * 73) % 256);
const labels = Uint8Array.from({ length: COUNT }, (_, i) => i % 10);

let dir: string;
beforeAll(() => tf.setBackend('cpu'));
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tfjs-vae-'));
});
afterEach(async () => {
  if (process.platform === 'linux') expect(await openFiles()).toEqual([]);
  await rm(dir, { recursive: true });
});

async function write(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(dir, name);
  await writeFile(path, bytes);
  return path;
}

/** The files of the folder that this process holds open. */
async function openFiles(): Promise<string[]> {
  const open = await readdir('/proc/self/fd');
  const paths = await Promise.all(open.map(fd => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
  return paths.filter(path => path.startsWith(dir));
}

const trainer = () => {
  const model = mlpVae({ inputShape: [4, 4, 1], latentDim: 2, hidden: [5], seed: 1 });
  return { model, trainer: new VaeTrainer({ model, seed: 7 }) };
};

describe('idxReader', () => {
  test('trains as the file in memory does, to the bit', async () => {
    const bytes = idxBytes([COUNT, 4, 4], body);
    const reader = await idxReader({
      x: await write('x', bytes),
      labels: await write('labels', idxBytes([COUNT], labels)),
    });
    const { values } = parseIdx(bytes);
    const inMemory = {
      x: { values, shape: [COUNT, 4, 4, 1], scale: 1 / 255 },
      labels: { values: labels, shape: [COUNT] },
    };
    const results = [];
    for (const data of [inMemory, reader]) {
      const { model, trainer: t } = trainer();
      results.push([await t.fit(data, { epochs: 3, batchSize: 12, validationData: data }), weightsOf(model)]);
    }
    expect(results[1]).toEqual(results[0]);
    const read = await reader.read(Uint32Array.of(49, 3));
    expect([...read.labels!.values]).toEqual([9, 3]);
    await reader.close();
    await reader.close();
    await expect(reader.read(Uint32Array.of(0))).rejects.toThrow('/x: it has been closed');
  });

  test('a file that shrinks while it is trained on: the error names the batch', async () => {
    const path = await write('x', idxBytes([COUNT, 4, 4], body));
    const reader = await idxReader({ x: path });
    const { trainer: t } = trainer();
    const callbacks = { onBatchBegin: (batch: number) => (batch === 1 ? truncate(path, 16 + 16 * 30) : undefined) };
    const error = await t.fit(reader, { epochs: 1, batchSize: 10, shuffle: false, callbacks }).then(
      () => undefined,
      e => e,
    );
    expect(error.message).toMatch(
      /^fit: data: batch 3: .*x: expected 160 bytes from 496 on, got 0: it had 816 when it was opened and has become shorter/,
    );
    expect(t.steps).toBe(3);
    await reader.close();
  });

  test('refuses cut, packed and missing files, and leaves none open', async () => {
    const x = await write('x', idxBytes([COUNT, 4, 4], body));
    const cut = await write('cut', idxBytes([COUNT, 4, 4], body).subarray(0, 500));
    const packed = await write('packed', gzipSync(idxBytes([COUNT, 4, 4], body)));
    const named = await write('x.gz', gzipSync(idxBytes([COUNT, 4, 4], body)));
    await expect(idxReader({ x: cut })).rejects.toThrow(
      /cut announces \[50,4,4\], 816 bytes in all.* 500: it is cut short/,
    );
    await expect(idxReader({ x, labels: cut })).rejects.toThrow(FileFormatError);
    await expect(idxReader({ x: packed })).rejects.toThrow(/packed is gzip'd.*unpack it first/);
    await expect(idxReader({ x: named })).rejects.toThrow(/x\.gz is gzip'd.*unpack it first/);
    await expect(idxReader({ x, labels: join(dir, 'none') })).rejects.toThrow(/cannot read .*none: it does not exist$/);
    await expect(idxReader({ x: dir })).rejects.toThrow(/it is not a file$/);
  });
});

describe('rawReader', () => {
  test('rows of floats in a shuffled order', async () => {
    const values = Float32Array.from({ length: COUNT * 5 }, (_, i) => Math.sin(i));
    const path = await write('rows.bin', new Uint8Array(values.buffer));
    const reader = await rawReader({ path, shape: [5], dtype: 'float32' });
    const rows = new Rng(2).permutation(COUNT);
    const { x } = await reader.read(rows);
    expect([...x.values]).toEqual([...rows].flatMap(row => [...values.subarray(5 * row, 5 * row + 5)]));
    await reader.close();
    await truncate(path, 999);
    await expect(rawReader({ path, shape: [5], dtype: 'float32' })).rejects.toThrow('rows.bin holds 999 bytes of rows');
  });
});

describe('safetensorsReader', () => {
  const images = {
    dtype: 'float32',
    shape: [COUNT, 3],
    values: Float32Array.from(body.subarray(0, 3 * COUNT)),
  } as const;
  const digits = { dtype: 'int32', shape: [COUNT], values: Int32Array.from(labels) } as const;
  const marks = { dtype: 'bool', shape: [COUNT, 3], values: body.subarray(0, 3 * COUNT).map(b => b & 1) } as const;
  const few = { dtype: 'float32', shape: [2], values: Float32Array.of(1, 2) } as const;
  const whole = writeSafetensors({ images, digits, marks, few });

  test('rows of several tensors, in a shuffled order', async () => {
    const path = await write('digits.safetensors', whole);
    const reader = await safetensorsReader({
      path,
      fields: { x: 'images', labels: 'digits', mask: 'marks' },
      scale: 1 / 255,
    });
    const rows = new Rng(2).permutation(COUNT);
    const { x, labels: classes, mask } = await reader.read(rows);
    const picked = (values: ArrayLike<number>) => [...rows].flatMap(row => [0, 1, 2].map(i => values[3 * row + i]));
    expect([x.scale, x.shape, [...x.values]]).toEqual([1 / 255, [COUNT, 3], picked(images.values)]);
    expect(classes).toEqual({ values: Int32Array.from(rows, row => labels[row]!), shape: [COUNT] });
    expect([...mask!.values]).toEqual(picked(marks.values));
    await reader.close();
  });

  test.each<[string, Uint8Array, Record<string, string>, RegExp]>([
    ['cut', whole.subarray(0, whole.length - 1), { x: 'images' }, /file: readSafetensors: .* end beyond the file's/],
    ['longer', Uint8Array.of(...whole, 0), { x: 'images' }, /the rest belongs to none/],
    ['cut in its header', whole.subarray(0, 40), { x: 'images' }, /does not fit a file of 40: it is cut/],
    ['empty', new Uint8Array(), { x: 'images' }, /begins with 8 bytes/],
    ['another', new Uint8Array(64).fill(0xff), { x: 'images' }, /not a safetensors file/],
    [
      'without the tensor',
      whole,
      { x: 'toString' },
      /holds no tensor 'toString'; it holds few, images, digits, marks$/,
    ],
    ['of several lengths', whole, { x: 'images', weights: 'few' }, /must have one length, got x 50, weights 2/],
  ])('refuses a file that is %s', async (_, bytes, fields, message) => {
    const path = await write('file', bytes);
    const error = await safetensorsReader({ path, fields: fields as { x: string } }).catch(e => e);
    expect(error).toBeInstanceOf(FileFormatError);
    expect(error.message).toMatch(message);
  });

  test('fields are those of a batch', async () => {
    const path = await write('file', whole);
    await expect(safetensorsReader({ path, fields: { x: 'images', y: 'few' } as never })).rejects.toThrow(
      'safetensorsRows: fields: unknown field y; write target (what is reconstructed) or condition',
    );
    await expect(safetensorsReader({ path, fields: {} as never })).rejects.toThrow('fields must name the tensor');
  });
});

describe('fileBytes', () => {
  test('reads from any place, fewer bytes at the end, and none once aborted', async () => {
    const bytes = await fileBytes(await write('some', Uint8Array.of(1, 2, 3, 4, 5)));
    expect(bytes.size).toBe(5);
    expect([...(await bytes.read(1, 3))]).toEqual([2, 3, 4]);
    expect([...(await bytes.read(4, 9))]).toEqual([5]);
    await expect(bytes.read(0, 1, AbortSignal.abort())).rejects.toThrow('aborted');
    await bytes.close();
  });

  test('is closed when the reads that are under way have ended', async () => {
    const path = await write('large', Uint8Array.of(7));
    await truncate(path, 2 ** 25);
    const bytes = await fileBytes(path);
    const ended: string[] = [];
    const reading = bytes.read(0, 2 ** 25).then(({ length }) => ended.push(`read ${length}`));
    await bytes.close().then(() => ended.push('closed'));
    await reading;
    expect(ended).toEqual([`read ${2 ** 25}`, 'closed']);
  });
});
