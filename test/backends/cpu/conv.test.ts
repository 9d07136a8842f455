import * as tf from '@tensorflow/tfjs';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { base, type Case, conv, convTranspose, explicit, gridOf, named, type Pad } from '../conv-cases';
import { normal, valueAndGradients } from '../support';
import { expectStockValues, prepared } from './support';

const channelPairs: Case['channels'][] = [
  [1, 5],
  [5, 1],
  [4, 3],
];
const grid = gridOf(channelPairs, ['same', 'valid', 1, explicit]);
const shapes: Case[] = [
  { ...base, kernel: [1, 1], stride: 2 },
  { ...base, kernel: [2, 2], stride: 3, pad: 'valid' }, // windows with gaps
  { ...base, kernel: [1, 2], stride: [4, 3] }, // phases without a tap
  { ...base, kernel: [7, 6], pad: 'valid' },
  { ...base, kernel: [5, 5], pad: 4, channels: [3, 2] },
  { ...base, size: [1, 1] },
  { ...base, size: [1, 9], stride: 2, channels: [16, 1] },
  { ...base, size: [8, 9], stride: 2, pad: 'valid', batch: 5 }, // a last row that no window reaches
  { ...base, size: [14, 14], batch: 7, channels: [33, 9], stride: 2 }, // more than one block
];

describe('conv2d on cpu, prepared', () => {
  beforeAll(async () => {
    await tf.setBackend('cpu');
  });

  test.each(named([...grid, ...shapes]))('conv2d, value and gradients: $name', c => expectStockValues(() => conv(c)));
  test.each(named([...grid, ...shapes]))('conv2dTranspose, value and gradients: $name', c =>
    expectStockValues(() => convTranspose(c)),
  );

  test('drawn shapes', async () => {
    const side = fc.integer({ min: 4, max: 9 });
    const tap = fc.integer({ min: 1, max: 4 });
    const channel = fc.constantFrom(1, 2, 5, 16);
    const cases = fc.record({
      batch: fc.integer({ min: 1, max: 3 }),
      size: fc.tuple(side, side),
      kernel: fc.tuple(tap, tap),
      channels: fc.tuple(channel, channel),
      stride: fc.tuple(tap, tap),
      pad: fc.constantFrom<Pad>('same', 'valid', 0, 1, 2, explicit),
    });
    const check = async (c: Case) => {
      await expectStockValues(() => conv(c));
      await expectStockValues(() => convTranspose(c));
    };
    await fc.assert(fc.asyncProperty(cases, check), { numRuns: 40, seed: 3 });
  });

  test.each([
    { dilation: 2, pad: 'same', out: 4 },
    { dilation: [1, 3], pad: 'valid', out: 4 },
    { dilation: 2, pad: 'same', out: 1 },
    { dilation: [3, 2], pad: explicit, out: 2 },
  ] as { dilation: number | [number, number]; pad: Pad; out: number }[])(
    'dilated, forward: $dilation, $pad, $out channels',
    ({ dilation, pad, out }) =>
      expectStockValues(() => {
        const [x, w] = [normal([2, 9, 8, 3], 'x') as tf.Tensor4D, normal([3, 3, 3, out], 'w') as tf.Tensor4D];
        return [tf.conv2d(x, w, 1, pad, 'NHWC', dilation)];
      }),
  );

  test.each(['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu', 'prelu'] as const)(
    'fused with bias and %s as stock',
    activation =>
      expectStockValues(() => {
        const [x, filter] = [normal([2, 9, 8, 3], 'x') as tf.Tensor4D, normal([3, 3, 3, 4], 'w') as tf.Tensor4D];
        const common = { x, filter, strides: 2, pad: 'same' as const, activation, leakyreluAlpha: 0.3 };
        const preluActivationWeights = normal([4], 'alpha');
        return [
          tf.fused.conv2d({ ...common, bias: normal([4], 'bias'), preluActivationWeights }),
          tf.fused.conv2d({ ...common, preluActivationWeights }),
        ];
      }),
  );

  test('leaves channels first to tfjs', () =>
    expectStockValues(() => {
      const inputs = [normal([2, 3, 7, 6], 'x'), normal([3, 3, 3, 4], 'filter')];
      return valueAndGradients(inputs, (x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 2, 'same', 'NCHW'));
    }, 0));

  test('has the gradients that finite differences of the value tell', async () => {
    const c: Case = { ...base, stride: 2, channels: [2, 3] };
    const value = (x: tf.Tensor, w: tf.Tensor) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, c.stride, 'same');
    const [, dx, dw] = await prepared(() => conv(c));
    const x = normal([c.batch, ...c.size, 2], 'x');
    const w = normal([3, 3, 2, 3], 'filter');
    const dy = tf.tidy(() => normal(value(x, w).shape, 'dy').dataSync());
    // The value is linear in each input, so a whole step has no error but rounding.
    const moved = (input: tf.Tensor, at: number) =>
      tf.tidy(() => {
        const change = new Float32Array(input.size);
        change[at] = 1;
        const shift = tf.tensor(change, input.shape);
        const y = Array.from((input === x ? value(shift, w) : value(x, shift)).dataSync());
        return y.reduce((sum, entry, i) => sum + entry * dy[i]!, 0);
      });
    for (const [input, gradient] of [
      [x, dx!],
      [w, dw!],
    ] as const) {
      for (let at = 0; at < input.size; at += 5) expect(gradient.values[at]).toBeCloseTo(moved(input, at), 4);
    }
    tf.dispose([x, w]);
  });

  test('refuses a dy that is not the output of that convolution', async () => {
    await prepared(() => {
      const [dy, filter] = [tf.zeros([1, 5, 5, 2]) as tf.Tensor4D, tf.zeros([3, 3, 1, 2]) as tf.Tensor4D];
      expect(() => tf.conv2dTranspose(dy, filter, [1, 4, 4, 1], 2, 'same')).toThrow('check outputShape');
      return [];
    });
  });
});
