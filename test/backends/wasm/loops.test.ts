import * as tf from '@tensorflow/tfjs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expectCpuValues, normal, on, relativeError, usePreparedWasm, useWasm, valueAndGradients } from '../support';

type Pad = 'same' | 'valid' | number;

const maxPool = (shape: [number, number, number, number], size: number, stride: number, pad: Pad) =>
  valueAndGradients([normal(shape, 'x')], x => tf.maxPool(x as tf.Tensor4D, size, stride, pad));

const depthwise = (size: number, channels: number, multiplier: number, kernel: number, stride: number, pad: Pad) =>
  valueAndGradients(
    [normal([3, size, size + 1, channels], 'x'), normal([kernel, kernel, channels, multiplier], 'filter')],
    (x, w) => tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, pad),
  );

const gather = (rows: number, width: number[], indices: number[], axis = 0) =>
  valueAndGradients([normal([rows, ...width], 'x')], x => tf.gather(x!, tf.tensor1d(indices, 'int32'), axis));

describe('kernels written as loops on wasm', () => {
  useWasm();

  test('workaround: stock maxPool gradients are wrong', async () => {
    const compute = () => maxPool([2, 6, 5, 3], 2, 2, 'valid');
    const expected = await on('cpu', compute);
    const actual = await on('wasm', compute);
    expect(relativeError(actual[1]!.values, expected[1]!.values)).toBeGreaterThan(0.1);
  });

  test.each(['UnsortedSegmentSum', 'DepthwiseConv2dNativeBackpropFilter', 'DepthwiseConv2dNativeBackpropInput'])(
    'workaround: stock tfjs lacks %s',
    kernel => expect(tf.getKernel(kernel, 'wasm')).toBeUndefined(),
  );

  describe('prepared', () => {
    usePreparedWasm();

    const pads: Pad[] = ['same', 'valid', 0, 1];
    describe.each([1, 2, 3])('stride %i', stride => {
      describe.each(pads)('pad %s', pad => {
        test.each([2, 3])('maxPool of size %i', size =>
          expectCpuValues(() => maxPool([2, 6, 5, 3], size, stride, pad), 1e-6),
        );
        test.each([1, 2])('depthwise convolution with multiplier %i', multiplier =>
          expectCpuValues(() => depthwise(6, 3, multiplier, 3, stride, pad)),
        );
      });
    });

    test('the first of equal values gets the gradient of maxPool', async () => {
      const [dx] = await on('wasm', () => [
        tf.grad(x => tf.maxPool(x as tf.Tensor4D, 2, 2, 'valid'))(tf.ones([1, 2, 2, 1])),
      ]);
      expect(Array.from(dx!.values)).toEqual([1, 0, 0, 0]);
    });

    test('gather, along each axis and with repeated rows', async () => {
      await expectCpuValues(() => gather(5, [3], [4, 0, 0, 2, 4, 4]), 1e-6);
      await expectCpuValues(() => gather(4, [3, 2], [2, 1, 1], 1), 1e-6);
      await expectCpuValues(() => gather(4, [], [3, 3, 0]), 1e-6);
    });

    test('segment sums: hand-computed, empty segments, ids of no segment', async () => {
      const [y] = await on('wasm', () => [
        tf.unsortedSegmentSum(tf.tensor2d([1, 2, 3, 4, 5, 6, 7, 8], [4, 2]), tf.tensor1d([2, 0, 2, -1], 'int32'), 4),
      ]);
      expect(y).toEqual({ shape: [4, 2], values: Float32Array.of(3, 4, 0, 0, 6, 8, 0, 0) });
    });

    test('drawn segments as on cpu', async () => {
      const cases = fc.record({
        ids: fc.array(fc.integer({ min: -1, max: 6 }), { minLength: 1, maxLength: 20 }),
        width: fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 2 }),
      });
      await fc.assert(
        fc.asyncProperty(cases, ({ ids, width }) =>
          expectCpuValues(() => [
            tf.unsortedSegmentSum(normal([ids.length, ...width], 'x'), tf.tensor1d(ids, 'int32'), 5),
          ]),
        ),
        { numRuns: 50, seed: 2 },
      );
    });

    test('trains an embedding', async () => {
      await tf.setBackend('wasm');
      const model = tf.sequential({ layers: [tf.layers.embedding({ inputDim: 5, outputDim: 3, inputLength: 2 })] });
      model.compile({ optimizer: tf.train.sgd(0.5), loss: 'meanSquaredError' });
      const [x, y] = [
        tf.tensor2d([
          [0, 4],
          [1, 1],
        ]),
        tf.ones([2, 2, 3]),
      ];
      const history = await model.fit(x, y, { epochs: 15, verbose: 0 });
      const losses = history.history['loss'] as number[];
      expect(losses.at(-1)!).toBeLessThan(0.5 * losses[0]!);
      model.dispose();
      tf.dispose([x, y]);
    });
  });
});
