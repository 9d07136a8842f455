import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { drawPicture, type Picture, toPicture } from '../../src/web/picture';

test('grey: rounded, clipped, NaN black, opaque; tiles with padding and background', async () => {
  const images = tf.tensor4d([0, 0.5, 1, 2, -1, Number.NaN, 0.25, 0.75], [2, 2, 2, 1]);
  const before = tf.memory().numTensors;
  const { width, height, pixels } = await toPicture(images, { columns: 2, padding: 1, background: 0.2 });
  expect(tf.memory().numTensors).toBe(before);
  expect([width, height]).toEqual([7, 4]);
  const red = Array.from({ length: 28 }, (_, i) => pixels[4 * i]);
  const line = Array(7).fill(51);
  expect(red).toEqual([...line, 51, 0, 128, 51, 0, 0, 51, 51, 255, 255, 51, 64, 191, 51, ...line]);
  for (let i = 0; i < 28; i++) expect([...pixels.subarray(4 * i, 4 * i + 4)]).toEqual([red[i], red[i], red[i], 255]);
  images.dispose();
});

test('colour, colour with alpha, and images without a channel axis', async () => {
  const pixelsOf = async (images: tf.Tensor) => [...(await toPicture(images, { padding: 0 })).pixels];
  expect(await pixelsOf(tf.tensor4d([1, 0, 0.2], [1, 1, 1, 3]))).toEqual([255, 0, 51, 255]);
  expect(await pixelsOf(tf.tensor4d([1, 0, 0.2, 0.4], [1, 1, 1, 4]))).toEqual([255, 0, 51, 102]);
  expect(await pixelsOf(tf.tensor3d([0.2], [1, 1, 1]))).toEqual([51, 51, 51, 255]);
});

test('what is no image', async () => {
  await expect(toPicture(tf.zeros([2, 3, 3, 2]))).rejects.toThrow(
    'toPicture: images must be [n, height, width, 1, 3 or 4]',
  );
  await expect(toPicture(tf.zeros([9]))).rejects.toThrow('got [9]');
});

test('pictures of 0 to 255, and rows on the host, are refused', async () => {
  await expect(toPicture(tf.fill([1, 2, 2], 200))).rejects.toThrow(
    'toPicture: images must hold values in [0, 1], got 200; divide bytes by 255',
  );
  const rows = { values: new Float32Array(4), shape: [1, 2, 2] } as unknown as tf.Tensor;
  await expect(toPicture(rows)).rejects.toThrow('toPicture: images must be a tensor, got { values, shape }; make one');
});

test('drawPicture says what it lacks: an element that is not there, a picture that was not awaited', () => {
  const canvas = { getContext: () => ({}) } as unknown as OffscreenCanvas;
  const picture = { width: 1, height: 1, pixels: new Uint8ClampedArray(4) };
  expect(() => drawPicture(null as unknown as OffscreenCanvas, picture)).toThrow(
    'drawPicture: the first argument must be a canvas, got null; does the page have the element?',
  );
  for (const wrong of [null, Promise.resolve(picture), { ...picture, width: 2 }]) {
    expect(() => drawPicture(canvas, wrong as Picture)).toThrow('must be a picture { width, height, pixels }; await');
  }
});
