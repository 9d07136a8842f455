import * as tf from '@tensorflow/tfjs';
import { prepareBackend } from 'tfjs-vae';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { finiteKernel } from '../../src/backends/adam-kernel';
import { present } from './backends';

describe.skipIf(!present['webgl'])('the kernel on webgl that tells whether all is finite', () => {
  let report: Awaited<ReturnType<typeof prepareBackend>>;
  beforeAll(async () => {
    await tf.setBackend('webgl');
    report = await prepareBackend();
  });
  afterAll(() => report.restore());

  const flag = async (tensors: tf.Tensor[]) => {
    const t = tf.engine().runKernel(finiteKernel, tensors as unknown as tf.NamedTensorMap) as tf.Tensor;
    const [value] = await t.data();
    t.dispose();
    return value;
  };
  // As gradients come: packed from a product, flat from a sum, of four axes; more than one draw holds.
  const some = () =>
    tf.tidy(() => {
      const product = tf.matMul(tf.ones([37, 5]), tf.ones([5, 61]));
      return [tf.scalar(3), product, tf.sum(product, 0), tf.ones([3, 3, 2, 41]), tf.ones([1]), tf.ones([700])];
    });

  test('1 for what is finite, large numbers and many tensors included, and no tensor is left', async () => {
    const before = tf.memory().numTensors;
    const tensors = [...some(), ...some(), ...some(), ...some(), tf.fill([5000], 3e37)];
    const held = tf.memory();
    expect(await flag(tensors)).toBe(1);
    expect(tf.memory().numTensors).toBe(held.numTensors);
    expect(tf.memory().numDataBuffers).toBe(held.numDataBuffers);
    tf.dispose(tensors);
    expect(tf.memory().numTensors).toBe(before);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    '0 for one %s, wherever it is',
    async bad => {
      for (const size of [1, 2, 255, 256, 257, 5000]) {
        for (const place of new Set([0, size >> 1, size - 1])) {
          const values = new Float32Array(size).fill(1);
          values[place] = bad;
          const tensors = [...some(), ...some(), ...some(), tf.tensor1d(values)];
          expect(await flag(tensors), `${size} values, place ${place}`).toBe(0);
          tf.dispose(tensors);
        }
      }
    },
  );

  test.each([
    [37, 61],
    [3, 37, 61],
    [36, 62],
    [2, 3, 5, 33],
  ])('packed [%s, %s, …]: NaN at any corner counts, what lies beyond the corners does not', async (...shape) => {
    const size = tf.util.sizeFromShape(shape);
    const [columns, rows] = [shape.at(-1)!, shape.at(-2)!];
    // Its packed texture holds log −1 where the shape ends at an odd row or column.
    const logBelow = (x: tf.Tensor) => tf.tidy(() => tf.log(tf.sub(x, 1)));
    for (const bad of [undefined, 0, columns - 1, (rows - 1) * columns, rows * columns - 1, size - 1]) {
      const values = new Float32Array(size).fill(2);
      if (bad !== undefined) values[bad] = Number.NaN;
      const tensor = tf.tidy(() => logBelow(tf.tensor(values, shape)));
      expect(await flag([tensor]), `NaN at ${bad}`).toBe(bad === undefined ? 1 : 0);
      tensor.dispose();
    }
  });

  test('0 where two infinities would cancel', async () => {
    const tensors = [tf.fill([300], Number.POSITIVE_INFINITY), tf.fill([300], Number.NEGATIVE_INFINITY)];
    expect(await flag(tensors)).toBe(0);
    tf.dispose(tensors);
  });
});
