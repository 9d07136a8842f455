import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { InputError } from '../../examples/support/flags';
import { labelsOf, loadFolder, loadImages, loadSprites, pickRows, whereLabel } from '../../examples/support/images';
import { idxBytes } from '../support/idx';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** A folder of idx files: images of 1 × 2 pixels whose first byte is their number, and labels. */
function folderOf(files: Record<string, Uint8Array>): string {
  const folder = mkdtempSync(join(tmpdir(), 'tfjs-vae-images-'));
  folders.push(folder);
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
  return folder;
}

const images = (count: number) =>
  idxBytes(
    [count, 1, 2],
    Array.from({ length: 2 * count }, (_, i) => (i % 2 === 0 ? i / 2 : 0)),
  );
const labels = (values: number[]) => idxBytes([values.length], values);

const firstBytes = ({ values, shape }: { values: ArrayLike<number>; shape: readonly number[] }) =>
  Array.from({ length: shape[0]! }, (_, i) => values[2 * i]);

describe('loadSprites', () => {
  test('gives as many as asked for and a sixth more for the test, with labels and factors that belong to them', () => {
    const { train, test, labelNames, factorNames } = loadSprites(120);
    expect([train, test].map(({ images }) => images.shape)).toEqual([
      [120, 28, 28, 1],
      [20, 28, 28, 1],
    ]);
    expect(factorNames).toEqual(['shape', 'scale', 'angle', 'x', 'y']);
    expect(labelNames).toEqual(['square', 'ellipse', 'heart']);
    const shapes = Array.from(train.labels!.keys(), i => train.factors!.values[5 * i]);
    expect(shapes).toEqual([...train.labels!]);
  });

  test('draws the shapes that an example wants', async () => {
    const data = await loadImages({ count: 50, shapes: ['heart', 'triangle'] });
    expect(labelsOf(data)).toEqual(['heart', 'triangle']);
  });
});

describe('loadFolder', () => {
  test('sets test images aside where the folder has none', async () => {
    const folder = folderOf({ 'images-idx3-ubyte': images(50) });
    const { name, train, test } = await loadFolder(folder);
    expect(name).toBe(basename(folder));
    expect(train.images.shape).toEqual([45, 1, 2, 1]);
    expect(test.images.shape).toEqual([5, 1, 2, 1]);
    const all = [...firstBytes(train.images), ...firstBytes(test.images)].sort((a, b) => a! - b!);
    expect(all).toEqual(Array.from({ length: 50 }, (_, i) => i));
  });

  test('keeps the first images of both sets where a count is given, with their labels', async () => {
    const folder = folderOf({
      'train-images-idx3-ubyte': images(6),
      'train-labels-idx1-ubyte': labels([0, 1, 2, 0, 1, 2]),
      't10k-images-idx3-ubyte': images(3),
      't10k-labels-idx1-ubyte': labels([2, 1, 0]),
    });
    const { train, test } = await loadFolder(folder, 4);
    expect(firstBytes(train.images)).toEqual([0, 1, 2, 3]);
    expect([...train.labels!]).toEqual([0, 1, 2, 0]);
    expect(test.images.shape[0]).toBe(3);
    expect([...test.labels!]).toEqual([2, 1, 0]);
  });

  test('names the flag when a folder cannot be read, or has too little in it', async () => {
    await expect(loadFolder('no/such/folder')).rejects.toThrow(
      new InputError('--data: cannot read the folder no/such/folder: it does not exist'),
    );
    const folder = folderOf({ 'images-idx3-ubyte': images(2).subarray(0, 17) });
    await expect(loadFolder(folder)).rejects.toThrow(/^--data: cannot read .*images-idx3-ubyte: /);
    await expect(loadFolder(folderOf({ 'images-idx3-ubyte': images(1) }))).rejects.toThrow(InputError);
  });
});

describe('labels', () => {
  test('are numbers up to the highest where they have no names', async () => {
    const folder = folderOf({
      'train-images-idx3-ubyte': images(3),
      'train-labels-idx1-ubyte': labels([0, 4, 1]),
      't10k-images-idx3-ubyte': images(1),
      't10k-labels-idx1-ubyte': labels([5]),
    });
    expect(labelsOf(await loadFolder(folder))).toEqual(['0', '1', '2', '3', '4', '5']);
  });

  test('are needed by some examples', async () => {
    const data = await loadFolder(folderOf({ 'images-idx3-ubyte': images(20) }));
    expect(() => labelsOf(data)).toThrow(/^--data: .* has no labels, which this example needs$/);
  });

  test('choose images', () => {
    const all = { images: { values: Uint8Array.of(0, 9, 1, 9, 2, 9), shape: [3, 2], scale: 0.5 } };
    const chosen = whereLabel({ ...all, labels: Uint8Array.of(7, 3, 7) }, label => label === 7);
    expect(chosen).toEqual({ values: Uint8Array.of(0, 9, 2, 9), shape: [2, 2], scale: 0.5 });
    expect(pickRows(all.images, [2, 2])).toEqual({ values: Uint8Array.of(2, 9, 2, 9), shape: [2, 2], scale: 0.5 });
  });
});
