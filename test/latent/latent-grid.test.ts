import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { latentGrid } from '../../src/latent/latent-grid';
import { describeBackends, noLeak, values } from '../support/backends';

/** scipy.stats.norm.ppf([1/6, 1/2, 5/6]) */
const SIXTH = 0.967421566101701;

describeBackends('latentGrid', () => {
  test('holds the quantiles, z₀ rightwards and z₁ upwards when read as a picture', () => {
    const grid = latentGrid({ latentDim: 2, size: 3 });
    expect(grid.shape).toEqual([9, 2]);
    const [q, rows] = [SIXTH, values(grid)];
    const expected = [-q, q, 0, q, q, q, -q, 0, 0, 0, q, 0, -q, -q, 0, -q, q, -q];
    expected.forEach((v, i) => {
      expect(rows[i]).toBeCloseTo(v, 6);
    });
  });

  test('is the centre alone at size 1, and leaks nothing', () => {
    expect(values(latentGrid({ latentDim: 2, size: 1 }))).toEqual([0, 0]);
    noLeak(() => tf.dispose(latentGrid({ latentDim: 2, size: 4 })));
  });
});

describe('latentGrid refuses', () => {
  test('other dimensions and sizes', () => {
    expect(() => latentGrid({ latentDim: 3 as 2, size: 4 })).toThrow('latentDim must be 2, got 3');
    expect(() => latentGrid({ latentDim: 2, size: 0 })).toThrow('size must be a positive integer, got 0');
  });
});
