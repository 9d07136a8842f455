import * as tf from '@tensorflow/tfjs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { base, type Case, conv, convTranspose, explicit, named, type Pad } from '../conv-cases';
import { expectCpuValues, normal, on, relativeError, usePreparedWasm, useWasm } from '../support';
import { grid, shapes } from './conv-cases';

describe('conv2d on wasm', () => {
  useWasm();

  test('workaround: stock tfjs lacks Conv2DBackpropFilter (#8474)', () => {
    expect(tf.getKernel('Conv2DBackpropFilter', 'wasm')).toBeUndefined();
    tf.engine().startScope();
    expect(() => conv(base)).toThrow("Kernel 'Conv2DBackpropFilter' not registered");
    tf.engine().endScope();
  });

  test("workaround: stock conv2d is wrong with 'same' where windows leave a gap at the end", async () => {
    const compute = () => [
      tf.conv2d(tf.ones([1, 8, 8, 1]) as tf.Tensor4D, tf.ones([2, 2, 1, 1]) as tf.Tensor4D, 4, 'same'),
    ];
    const [expected] = await on('cpu', compute);
    const [actual] = await on('wasm', compute);
    expect(relativeError(actual!.values, expected!.values)).toBeGreaterThan(0.1);
  });

  describe('prepared', () => {
    usePreparedWasm();

    test.each(named(grid))('conv2d, value and gradients: $name', c => expectCpuValues(() => conv(c)));
    test.each(named(grid))('conv2dTranspose, value and gradients: $name', c => expectCpuValues(() => convTranspose(c)));
    test.each(named(shapes))('conv2d, odd shape: $name', c => expectCpuValues(() => conv(c)));
    test.each(named(shapes))('conv2dTranspose, odd shape: $name', c => expectCpuValues(() => convTranspose(c)));

    test.each<[string, Case]>([
      ['more places than are done at once', { ...base, batch: 3, size: [23, 21], stride: 1 }],
      ['more places, stride 2', { ...base, batch: 2, size: [45, 43], stride: 2 }],
      ['more places, few output channels', { ...base, batch: 3, size: [23, 21], channels: [9, 2] }],
      ['more terms than are summed at once', { ...base, channels: [70, 3] }],
      ['more terms and columns', { ...base, channels: [60, 70], stride: 2 }],
    ])('in parts: %s', async (_, c) => {
      await expectCpuValues(() => conv(c));
      await expectCpuValues(() => convTranspose(c));
    });

    test.each([
      [2, 'same'],
      [[1, 3], 'valid'],
      [[2, 1], 2],
      [3, 3],
    ] as [number | [number, number], Pad][])('dilation %s, padding %s', (dilation, pad) =>
      expectCpuValues(() => {
        const [x, w] = [normal([2, 9, 8, 3], 'x'), normal([3, 2, 3, 9], 'w')] as [tf.Tensor4D, tf.Tensor4D];
        return [tf.conv2d(x, w, 1, pad, 'NHWC', dilation)];
      }),
    );

    test.each(['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu', 'prelu'] as const)(
      'fused with bias and activation %s',
      activation =>
        expectCpuValues(() => {
          const [x, filter] = [normal([2, 7, 6, 3], 'x'), normal([3, 3, 3, 6], 'w')] as [tf.Tensor4D, tf.Tensor4D];
          const options = { x, filter, strides: 2, pad: 'same' as const, activation, leakyreluAlpha: 0.3 };
          const preluActivationWeights = normal([6], 'alpha');
          const fused = (more: object) => tf.fused.conv2d({ ...options, preluActivationWeights, ...more });
          return [fused({ bias: normal([6], 'bias') }), fused({})];
        }),
    );

    test('keeps the messages of tfjs', async () => {
      await tf.setBackend('wasm');
      tf.engine().startScope();
      const [x, filter] = [tf.ones([1, 4, 4, 2]), tf.ones([3, 3, 2, 4])] as [tf.Tensor4D, tf.Tensor4D];
      expect(() => tf.conv2d(tf.transpose(x, [0, 3, 1, 2]), filter, 1, 'valid', 'NCHW')).toThrow('channelsLast');
      tf.engine().endScope();
    });

    test('drawn shapes as on cpu', async () => {
      const side = fc.integer({ min: 4, max: 9 });
      const kernel = fc.integer({ min: 1, max: 4 });
      const channels = fc.constantFrom(1, 2, 5, 16);
      const cases = fc.record({
        batch: fc.integer({ min: 1, max: 4 }),
        size: fc.tuple(side, side),
        kernel: fc.tuple(kernel, kernel),
        channels: fc.tuple(channels, channels),
        stride: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })),
        pad: fc.constantFrom<Pad>('same', 'valid', 0, 1, 2, explicit),
      });
      const check = async (c: Case) => {
        await expectCpuValues(() => conv(c));
        await expectCpuValues(() => convTranspose(c));
      };
      await fc.assert(fc.asyncProperty(cases, check), { numRuns: 60, seed: 3 });
    });

    test('gradients of an NCHW convolution: the kernels themselves', () => {
      const nchw = (x: tf.Tensor) => tf.transpose(x, [0, 3, 1, 2]);
      const attrs = { strides: [2, 2], dataFormat: 'NCHW' };
      const pad: Pad[] = ['same', [explicit[0]!, explicit[3]!, explicit[1]!, explicit[2]!] as Pad];
      return expectCpuValues(() =>
        pad.flatMap(pad => {
          const info = tf.backend_util.computeConv2DInfo(
            [2, 3, 7, 6],
            [3, 3, 3, 4],
            2,
            1,
            pad,
            undefined,
            false,
            'channelsFirst',
          );
          const dy = nchw(normal([2, info.outHeight, info.outWidth, 4], 'dy'));
          const x = nchw(normal([2, 7, 6, 3], 'x'));
          const filter = normal([3, 3, 3, 4], 'filter');
          return [
            tf.engine().runKernel('Conv2DBackpropInput', { dy, filter }, { ...attrs, pad, inputShape: [2, 3, 7, 6] }),
            tf.engine().runKernel('Conv2DBackpropFilter', { x, dy }, { ...attrs, pad, filterShape: [3, 3, 3, 4] }),
          ] as tf.Tensor[];
        }),
      );
    });

    test('is as exact as finite differences of the value can tell', async () => {
      const c: Case = { ...base, stride: 2, channels: [2, 3] };
      const [, , dw] = await on('wasm', () => conv(c));
      const loss = (shift: number, at: number) =>
        tf.tidy(() => {
          const x = normal([c.batch, ...c.size, 2], 'x') as tf.Tensor4D;
          const w = normal([3, 3, 2, 3], 'filter').dataSync().slice() as Float32Array;
          w[at]! += shift;
          const y = tf.conv2d(x, tf.tensor4d(w, [3, 3, 2, 3]), c.stride, 'same');
          return tf.sum(tf.mul(y, normal(y.shape, 'dy'))).arraySync() as number;
        });
      // The loss is linear in w, so a wide step costs no accuracy.
      const differences = Array.from({ length: 54 }, (_, at) => (loss(4, at) - loss(-4, at)) / 8);
      expect(relativeError(dw!.values, differences)).toBeLessThan(1e-5);
    });

    // Sums of more than 16384 terms go in parts: of the batch, or of the rows where there are few examples.
    test.each([
      { batch: 140, size: 24, channels: 2, out: 3, stride: 2 },
      { batch: 70, size: 17, channels: 2, out: 1, stride: 1 },
      { batch: 5, size: 91, channels: 1, out: 2, stride: 1 },
      { batch: 3, size: 150, channels: 2, out: 6, stride: 2 },
      // Whole parts lie in the padding.
      { batch: 2, size: 60, channels: 2, out: 5, stride: 1, pad: 50 },
    ])('long sums stay exact: $batch examples of $size²', ({ batch, size, channels, out, stride, pad }) =>
      expectCpuValues(() => {
        const places = pad ? size + 2 * pad - 2 : Math.ceil(size / stride);
        // All of one sign, where rounding errors add up.
        const x = tf.abs(normal([batch, size, size, channels], 'x'));
        const dy = tf.abs(normal([batch, places, places, out], 'dy'));
        const filterShape = [3, 3, channels, out];
        const attrs = { strides: [stride, stride], pad: pad ?? 'same', dataFormat: 'NHWC', filterShape };
        return [tf.engine().runKernel('Conv2DBackpropFilter', { x, dy }, attrs) as tf.Tensor];
      }),
    );

    test('refuses a dy that is not the output of such a convolution', async () => {
      await tf.setBackend('wasm');
      const before = tf.memory().numTensors;
      const [y, w] = [tf.ones([1, 3, 3, 2]), tf.ones([3, 3, 1, 2])] as [tf.Tensor4D, tf.Tensor4D];
      expect(() => tf.conv2dTranspose(y, w, [1, 8, 8, 1], 2, 'same')).toThrow('dy must be [1,4,4,2]');
      tf.dispose([y, w]);
      expect(tf.memory().numTensors).toBe(before);
    });

    test('trains tf.layers: the loss of a small convolutional autoencoder falls', async () => {
      await tf.setBackend('wasm');
      const seeded = (seed: number) => tf.initializers.glorotUniform({ seed });
      const model = tf.sequential({
        layers: [
          tf.layers.conv2d({
            filters: 4,
            kernelSize: 3,
            strides: 2,
            padding: 'same',
            activation: 'relu',
            inputShape: [8, 8, 1],
            kernelInitializer: seeded(1),
          }),
          tf.layers.conv2dTranspose({
            filters: 4,
            kernelSize: 3,
            strides: 2,
            padding: 'same',
            activation: 'relu',
            kernelInitializer: seeded(2),
          }),
          tf.layers.conv2d({ filters: 1, kernelSize: 3, padding: 'same', kernelInitializer: seeded(3) }),
        ],
      });
      model.compile({ optimizer: tf.train.adam(0.02), loss: 'meanSquaredError' });
      const x = normal([16, 8, 8, 1], 'x');
      const history = await model.fit(x, x, { epochs: 20, batchSize: 16, shuffle: false, verbose: 0 });
      const losses = history.history['loss'] as number[];
      expect(losses.at(-1)! / losses[0]!).toBeLessThan(0.8);
      model.dispose();
      x.dispose();
    });

    test('wasm memory does not grow over a thousand steps', async () => {
      await tf.setBackend('wasm');
      const heap = () => (tf.backend() as unknown as { wasm: { HEAPU8: Uint8Array } }).wasm.HEAPU8.length;
      const step = () =>
        tf.tidy(() => void conv({ ...base, batch: 16, size: [14, 14], channels: [16, 16], stride: 2 }));
      for (let i = 0; i < 20; i++) step();
      const before = [heap(), tf.memory().numTensors];
      for (let i = 0; i < 1000; i++) step();
      expect([heap(), tf.memory().numTensors]).toEqual(before);
    });
  });
});
