import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { traverse } from '../../src/latent/traverse';
import { describeBackends, noLeak, values } from '../support/backends';

describeBackends('traverse', () => {
  test('moves one dimension evenly over the range, ends exact, and keeps the rest', () => {
    for (const z of [tf.tensor1d([5, 6, 7]), tf.tensor2d([[5, 6, 7]])]) {
      const codes = traverse(z, { dim: 1, range: [-0.3, 0.3], steps: 3 });
      expect(codes.shape).toEqual([3, 3]);
      expect(values(codes)).toEqual([5, Math.fround(-0.3), 7, 5, 0, 7, 5, Math.fround(0.3), 7]);
    }
  });

  test('gives a row for each dimension in turn, all by default', () => {
    const z = tf.tensor1d([5, 6]);
    const all = [-3, 6, 3, 6, 5, -3, 5, 3];
    expect(values(traverse(z, { steps: 2 }))).toEqual(all);
    expect(values(traverse(z, { dim: [0, 1], steps: 2 }))).toEqual(all);
    expect(values(traverse(z, { dim: [1], steps: 2 }))).toEqual(all.slice(4));
    expect(traverse(z).shape).toEqual([18, 2]);
  });

  test('goes through codes first, then dimensions, then steps', () => {
    const z = tf.tensor2d([
      [1, 2],
      [3, 4],
    ]);
    const codes = traverse(z, { dim: [1, 0], range: [8, 9], steps: 2 });
    expect(codes.shape).toEqual([8, 2]);
    expect(values(codes)).toEqual([1, 8, 1, 9, 8, 2, 9, 2, 3, 8, 3, 9, 8, 4, 9, 4]);
  });

  test('leaks nothing', () => {
    const z = tf.tensor1d([5, 6]);
    noLeak(() => tf.dispose(traverse(z)));
  });
});

describe('traverse refuses', () => {
  const z = () => tf.zeros([2, 3]);
  test.each<[string, () => tf.Tensor, RegExp]>([
    ['a dimension beyond z', () => traverse(z(), { dim: 3 }), /dim must be from 0 to 2, the dimensions of z, got 3/],
    ['a negative one among several', () => traverse(z(), { dim: [0, -1] }), /got -1/],
    ['no dimension', () => traverse(z(), { dim: [] }), /got none/],
    ['a range without end', () => traverse(z(), { range: [0, Infinity] }), /range must be two finite numbers/],
    [
      'one step',
      () => traverse(z(), { steps: 1 }),
      /steps must be an integer of at least 2, both ends included, got 1/,
    ],
    [
      'another rank',
      () => traverse(tf.zeros([1, 2, 3])),
      /z must be \[latentDim\] or \[batch, latentDim\], got \[1,2,3\]/,
    ],
    ['a scalar', () => traverse(tf.scalar(1)), /z must be \[latentDim\] or/],
  ])('%s', (_name, call, message) => {
    expect(call).toThrow(message);
  });
});
