import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readIdxFolder } from '../../src/node';
import { idxBytes } from '../support/idx';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tfjs-vae-'));
});
afterEach(() => rm(dir, { recursive: true }));

const images = (count: number) =>
  idxBytes(
    [count, 2, 1],
    Uint8Array.from({ length: 2 * count }, (_, i) => i),
  );
const labels = (count: number) =>
  idxBytes(
    [count],
    Uint8Array.from({ length: count }, (_, i) => i),
  );
const write = async (files: Record<string, Uint8Array>) => {
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(dir, name), bytes);
};

describe('readIdxFolder', () => {
  test('reads training and test files, gzip and plain mixed', async () => {
    await write({
      'train-images-idx3-ubyte.gz': gzipSync(images(3)),
      'train-labels-idx1-ubyte': labels(3),
      't10k-images-idx3-ubyte': images(2),
      't10k-labels-idx1-ubyte.gz': gzipSync(labels(2)),
      'README.md': Uint8Array.from([1]),
    });
    const { train, test } = await readIdxFolder(dir);
    expect(train).toEqual({
      images: { values: Uint8Array.from([0, 1, 2, 3, 4, 5]), shape: [3, 2, 1, 1], scale: 1 / 255 },
      labels: Uint8Array.from([0, 1, 2]),
    });
    expect(test?.images.shape).toEqual([2, 2, 1, 1]);
    expect([...test!.labels!]).toEqual([0, 1]);
  });

  test('refuses a folder without what must be there, and the type knows what is', async () => {
    await write({ 'train-images-idx3-ubyte': images(3) });
    await expect(readIdxFolder(dir, { test: true })).rejects.toThrow(/holds no test images, such as t10k-images-idx3/);
    await expect(readIdxFolder(dir, { labels: true })).rejects.toThrow(/holds no labels of the train images/);
    await expect(readIdxFolder(dir, { tset: true } as never)).rejects.toThrow(
      /unknown option tset; it takes test, labels/,
    );
    await write({ 'train-labels-idx1-ubyte': labels(3), 't10k-images-idx3-ubyte': images(2) });
    const { test } = await readIdxFolder(dir, { test: true });
    expect(test.images.shape[0]).toBe(2);
    await expect(readIdxFolder(dir, { test: true, labels: true })).rejects.toThrow(/no labels of the test images/);
    await write({ 't10k-labels-idx1-ubyte': labels(2) });
    const all = await readIdxFolder(dir, { test: true, labels: true });
    expect([all.train.labels.length, all.test.labels.length]).toEqual([3, 2]);
  });

  test('reads a lone file of images, names with dots, and files called test', async () => {
    await write({ 'images-idx3-ubyte.gz': gzipSync(images(4)) });
    const lone = await readIdxFolder(dir);
    expect(Object.keys(lone)).toEqual(['train']);
    expect(Object.keys(lone.train)).toEqual(['images']);
    await write({ 'train-images.idx3-ubyte': images(3), 'test-images.idx3-ubyte': images(1) });
    const both = await readIdxFolder(dir);
    expect([both.train.images.shape[0], both.test?.images.shape[0]]).toEqual([3, 1]);
  });

  test('prefers a file that is not packed', async () => {
    await write({ 'images-idx3-ubyte.gz': gzipSync(images(4)), 'images-idx3-ubyte': images(2) });
    expect((await readIdxFolder(dir)).train.images.shape[0]).toBe(2);
  });

  test.each<[string, Record<string, Uint8Array>, RegExp]>([
    [
      'no images',
      { 'train-labels-idx1-ubyte': labels(1) },
      /holds no training images: expected train-images-idx3-ubyte or/,
    ],
    ['test images only', { 't10k-images-idx3-ubyte': images(1) }, /holds no training images/],
    [
      'a cut file',
      { 'images-idx3-ubyte': images(4).subarray(0, 20) },
      /cannot read .*images-idx3-ubyte: parseIdx: .*cut short/,
    ],
    ['damaged gzip', { 'images-idx3-ubyte.gz': gzipSync(images(4)).subarray(0, 20) }, /cannot read .*\.gz: gunzip: /],
    [
      'too few labels',
      { 'images-idx3-ubyte': images(4), 'labels-idx1-ubyte': labels(3) },
      /labels-idx1-ubyte: expected a label for each of 4 images, got 3/,
    ],
    [
      'labels for images',
      { 'images-idx3-ubyte': labels(4) },
      /expected uint8 images \[count, height, width\], got Uint8Array \[4\]/,
    ],
  ])('refuses a folder with %s in one line', async (_name, files, message) => {
    await write(files);
    const error: Error = await readIdxFolder(dir).then(
      () => new Error('was read'),
      e => e,
    );
    expect(error.message).toMatch(message);
    expect(error.message).toMatch(/^readIdxFolder: .*$/);
    expect(error.message).not.toContain('\n');
    expect(error.message).toContain(dir);
  });

  test('names a folder that is not there, or is a file', async () => {
    await expect(readIdxFolder(join(dir, 'none'))).rejects.toThrow(/cannot read the folder .*none: it does not exist$/);
    await write({ file: new Uint8Array(1) });
    await expect(readIdxFolder(join(dir, 'file'))).rejects.toThrow(
      /cannot read the folder .*file: it is not a folder$/,
    );
  });
});

const DATA = '../shared/data';

describe.skipIf(!existsSync(DATA))(`readIdxFolder, with the sets of ${DATA} (skipped where absent)`, () => {
  const mean = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0) / values.length;

  test('reads MNIST: counts, labels and the known mean of its pixels', async () => {
    const { train, test } = await readIdxFolder(`${DATA}/mnist`);
    expect(train.images.shape).toEqual([60000, 28, 28, 1]);
    expect(test?.images.shape).toEqual([10000, 28, 28, 1]);
    expect(mean(test!.images.values)).toBeCloseTo(33.791, 3);
    expect([...train.labels!.subarray(0, 8)]).toEqual([5, 0, 4, 1, 9, 2, 1, 3]);
    expect(test?.labels).toHaveLength(10000);
  });

  test('reads the sets without labels', async () => {
    expect((await readIdxFolder(`${DATA}/fashion-mini`)).train.images.shape).toEqual([4809, 28, 28, 1]);
    expect((await readIdxFolder(`${DATA}/frey-faces`)).train.images.shape).toEqual([1965, 28, 20, 1]);
  });
});
