import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { tileImages } from '../../src/latent/tile-images';
import { describeBackends, noLeak, values } from '../support/backends';

describeBackends('tileImages', () => {
  test('lays images out in rows, with gaps between and around, and fills what is left over', () => {
    const images = tf.tensor3d([[[1, 2]], [[3, 4]], [[5, 6]]]);
    const sheet = tileImages(images, { columns: 2, padding: 1, background: 9 });
    expect(sheet.shape).toEqual([5, 7, 1]);
    expect(values(sheet)).toEqual([
      ...[9, 9, 9, 9, 9, 9, 9],
      ...[9, 1, 2, 9, 3, 4, 9],
      ...[9, 9, 9, 9, 9, 9, 9],
      ...[9, 5, 6, 9, 9, 9, 9],
      ...[9, 9, 9, 9, 9, 9, 9],
    ]);
  });

  test('keeps the pixels of tall images and channels together', () => {
    const images = tf.tensor4d([1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 1, 2]);
    const sheet = tileImages(images, { columns: 2, padding: 0 });
    expect(sheet.shape).toEqual([2, 2, 2]);
    expect(values(sheet)).toEqual([1, 2, 5, 6, 3, 4, 7, 8]);
  });

  test('is about square by default', () => {
    expect(tileImages(tf.zeros([10, 3, 5, 3])).shape).toEqual([3 * 4 + 1, 4 * 6 + 1, 3]);
    expect(tileImages(tf.zeros([1, 3, 5]), { padding: 0 }).shape).toEqual([3, 5, 1]);
  });

  test('makes float32 of whole numbers, and leaks nothing', () => {
    const images = tf.ones([4, 2, 2], 'int32');
    expect(tileImages(images).dtype).toBe('float32');
    noLeak(() => tf.dispose(tileImages(images)));
  });
});

describe('tileImages refuses', () => {
  const images = () => tf.zeros([2, 3, 3]);
  test.each<[string, () => tf.Tensor, RegExp]>([
    ['flat images', () => tileImages(tf.zeros([2, 784])), /images must be \[n, height, width\].*got \[2,784\]/],
    [
      'rows on the host',
      () => tileImages({ values: new Float32Array(9), shape: [1, 3, 3] } as unknown as tf.Tensor),
      /images must be a tensor, got \{ values, shape \}; make one by toTensor/,
    ],
    ['no image', () => tileImages(tf.zeros([0, 3, 3])), /n of at least 1, got \[0,3,3\]/],
    ['no column', () => tileImages(images(), { columns: 0 }), /columns must be a positive integer, got 0/],
    [
      'half a pixel',
      () => tileImages(images(), { padding: 0.5 }),
      /padding must be a number of pixels, 0 or more, got 0.5/,
    ],
  ])('%s', (_name, call, message) => {
    expect(call).toThrow(message);
  });
});
