import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { expectCpuValues, normal, on, relativeError, usePreparedWasm, useWasm, valueAndGradients } from '../support';

type Volume = [number, number, number];
type Case = {
  size: Volume;
  kernel: Volume;
  stride: Volume | number;
  pad: 'same' | 'valid';
  channels: [number, number];
};

const conv3d = ({ size, kernel, stride, pad, channels }: Case) =>
  valueAndGradients([normal([2, ...size, channels[0]], 'x'), normal([...kernel, ...channels], 'filter')], (x, w) =>
    tf.conv3d(x as tf.Tensor5D, w as tf.Tensor5D, stride, pad),
  );

const base: Case = { size: [5, 6, 4], kernel: [3, 3, 3], stride: 1, pad: 'same', channels: [2, 3] };

describe('conv3d gradients on wasm', () => {
  useWasm();

  test('workaround: those of stock tfjs are wrong', async () => {
    const compute = () => conv3d({ ...base, stride: 2 });
    const expected = await on('cpu', compute);
    const actual = await on('wasm', compute);
    const errors = expected.map((t, i) => relativeError(actual[i]!.values, t.values));
    expect(Math.max(...errors)).toBeGreaterThan(0.1);
  });

  describe('prepared', () => {
    usePreparedWasm();

    test.each<Case>([
      base,
      { ...base, pad: 'valid' },
      { ...base, stride: 2 },
      { ...base, stride: 2, pad: 'valid' },
      { ...base, stride: [1, 2, 3], kernel: [2, 3, 1] },
      { ...base, stride: [3, 1, 2], kernel: [1, 2, 3], pad: 'valid' },
      { ...base, kernel: [5, 1, 2], channels: [9, 1] },
      { ...base, kernel: [1, 1, 1], channels: [1, 8] },
    ])('value and gradients as on cpu: $size, kernel $kernel, stride $stride, $pad', c =>
      expectCpuValues(() => conv3d(c)),
    );
  });
});
