import * as tf from '@tensorflow/tfjs';
import { describe, expect, test, vi } from 'vitest';
import { type Case, conv, convTranspose, named } from '../conv-cases';
import { expectCpuValues, normal, usePreparedWasm, valueAndGradients } from '../support';
import { grid, shapes } from './conv-cases';

// As on a browser without SIMD, and on the backend with threads.
vi.mock('../../../src/backends/wasm/simd-kernels', async original => ({
  ...(await original<typeof import('../../../src/backends/wasm/simd-kernels')>()),
  simdKernelsOf: () => undefined,
}));

/** tfjs works out both sizes of the output from the first axis where the padding is a number; XNNPACK does not. */
function sound({ kernel, stride, pad }: Case): boolean {
  const [down, across] = [stride, stride].flat().slice(-2);
  return typeof pad !== 'number' || (kernel[0] === kernel[1] && down === across);
}

describe('wasm without kernels of our own', () => {
  usePreparedWasm();

  const cases = named([...grid, ...shapes].filter(sound));
  test.each(cases)('conv2d, value and gradients: $name', c => expectCpuValues(() => conv(c)));
  test.each(cases)('conv2dTranspose, value and gradients: $name', c => expectCpuValues(() => convTranspose(c)));

  test.each([
    { batch: 140, size: 24, channels: 2, out: 3, stride: 2 },
    { batch: 5, size: 91, channels: 1, out: 2, stride: 1 },
    { batch: 3, size: 150, channels: 2, out: 6, stride: 2 },
  ])('long sums stay exact: $batch examples of $size²', ({ batch, size, channels, out, stride }) =>
    expectCpuValues(() => {
      const places = Math.ceil(size / stride);
      const x = tf.abs(normal([batch, size, size, channels], 'x'));
      const dy = tf.abs(normal([batch, places, places, out], 'dy'));
      const attrs = { strides: [stride, stride], pad: 'same', dataFormat: 'NHWC', filterShape: [3, 3, channels, out] };
      return [tf.engine().runKernel('Conv2DBackpropFilter', { x, dy }, attrs) as tf.Tensor];
    }),
  );

  test('refuses a number as padding where the axes differ', async () => {
    await tf.setBackend('wasm');
    tf.engine().startScope();
    const [x, filter] = [tf.ones([1, 6, 6, 1]), tf.ones([3, 3, 1, 1])] as [tf.Tensor4D, tf.Tensor4D];
    expect(() => tf.conv2d(x, filter, [2, 1], 1)).toThrow('Give the padding of each side');
    expect(() => tf.fused.conv2d({ x, filter, strides: [2, 1], pad: 1 })).toThrow('Give the padding of each side');
    tf.engine().endScope();
  });

  const turned = [false, true].flatMap(a => [false, true].map(b => [a, b] as const));
  test.each(turned)('matMul with transposeA %s, transposeB %s', (ta, tb) =>
    expectCpuValues(() => {
      const pairs = [
        [33, 47, 65],
        [128, 20, 100],
        [12, 200, 150],
        [3, 4, 5],
      ] as const;
      return pairs.flatMap(([rows, inner, columns]) => {
        const a = normal(ta ? [inner, rows] : [rows, inner], 'a') as tf.Tensor2D;
        const b = normal(tb ? [columns, inner] : [inner, columns], 'b') as tf.Tensor2D;
        const fused = tf.fused.matMul({ a, b, transposeA: ta, transposeB: tb, bias: normal([columns], 'bias') });
        return [...valueAndGradients([a, b], (x, y) => tf.matMul(x!, y!, ta, tb)), fused];
      });
    }),
  );

  test('sums and softplus', () =>
    expectCpuValues(() => [
      tf.sum(normal([20, 30], 'x'), 0),
      tf.mean(normal([9], 'x')),
      tf.softplus(normal([9], 'x')),
    ]));
});
