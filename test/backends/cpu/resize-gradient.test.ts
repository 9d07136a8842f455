import * as tf from '@tensorflow/tfjs';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { normal, on, relativeError } from '../support';
import { prepared } from './support';

type Case = {
  batch: number;
  from: [number, number];
  to: [number, number];
  channels: number;
  corners: 'none' | 'align' | 'half';
};

/** The gradient, and the same by the definition: the value is linear, and each entry of dx is ⟨J e, dy⟩. */
function gradients({ batch, from, to, channels, corners }: Case): tf.Tensor[] {
  const resize = (x: tf.Tensor) =>
    tf.image.resizeNearestNeighbor(x as tf.Tensor4D, to, corners === 'align', corners === 'half');
  const x = normal([batch, ...from, channels], 'x');
  const dy = normal([batch, ...to, channels], 'dy');
  const unit = (i: number) => tf.reshape(tf.oneHot(tf.scalar(i, 'int32'), x.size), x.shape);
  const truth = Array.from({ length: x.size }, (_, i) => tf.sum(tf.mul(resize(tf.cast(unit(i), 'float32')), dy)));
  return [tf.grad((t: tf.Tensor) => tf.sum(tf.mul(resize(t), dy)))(x), tf.reshape(tf.stack(truth), x.shape)];
}

const base: Case = { batch: 2, from: [2, 3], to: [4, 6], channels: 2, corners: 'none' };

async function expectRight(c: Case): Promise<void> {
  const [dx, truth] = await prepared(() => gradients(c));
  expect(dx!.shape).toEqual(truth!.shape);
  expect(relativeError(dx!.values, truth!.values)).toBeLessThanOrEqual(1e-6);
}

describe('the gradient of resizeNearestNeighbor on cpu', () => {
  beforeAll(async () => {
    await tf.setBackend('cpu');
  });

  test('workaround: stock tfjs is right for one example and wrong for two', async () => {
    const error = async (c: Case) => {
      const [dx, truth] = await on('cpu', () => gradients(c));
      return relativeError(dx!.values, truth!.values);
    };
    expect(await error({ ...base, batch: 1 })).toBeLessThan(1e-6);
    expect(await error(base)).toBeGreaterThan(0.1);
  });

  test('workaround: stock tfjs ignores halfPixelCenters', async () => {
    const c: Case = { ...base, batch: 1, from: [4, 4], to: [2, 2], corners: 'half' };
    const [dx, truth] = await on('cpu', () => gradients(c));
    expect(relativeError(dx!.values, truth!.values)).toBeGreaterThan(0.1);
  });

  test.each(['none', 'align', 'half'] as const)('is right, larger, smaller and equal: %s', async corners => {
    const sizes: [number, number][] = [
      [4, 6],
      [5, 7],
      [1, 2],
      [2, 3],
      [1, 1],
    ];
    for (const to of sizes) await expectRight({ ...base, batch: 3, to, corners });
  });

  test('is right for drawn shapes', async () => {
    const side = fc.integer({ min: 1, max: 5 });
    const cases = fc.record({
      batch: fc.integer({ min: 1, max: 3 }),
      from: fc.tuple(side, side),
      to: fc.tuple(side, side),
      channels: fc.integer({ min: 1, max: 3 }),
      corners: fc.constantFrom('none' as const, 'align' as const, 'half' as const),
    });
    await fc.assert(fc.asyncProperty(cases, expectRight), { numRuns: 30, seed: 9 });
  });

  test('trains upSampling2d with batches', async () => {
    const [dx] = await prepared(() => {
      const layer = tf.layers.upSampling2d({ size: [2, 2] });
      const x = tf.zeros([3, 2, 2, 1]);
      const weights = tf.reshape(tf.range(0, 48), [3, 4, 4, 1]);
      return [tf.grad((t: tf.Tensor) => tf.sum(tf.mul(layer.apply(t) as tf.Tensor, weights)))(x)];
    });
    // Sums over blocks of 2 × 2.
    const truth = [0, 1, 2].flatMap(n => [10, 18, 42, 50].map(sum => sum + 64 * n));
    expect(Array.from(dx!.values)).toEqual(truth);
  });
});
