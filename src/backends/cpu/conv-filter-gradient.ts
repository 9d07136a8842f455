import type * as tf from '@tensorflow/tfjs';
import { type Axis, convAxes } from '../conv-geometry';
import { cpuKernel, float32, floats, sizeOf } from './cpu-kernel';
import { intoMatrix, lanes, matrixLines, product, type Sink } from './product';
import { type Image, inputWindows, tapLines, type Windows } from './windows';

/**
 * The gradient of a convolution's filter, as a product over all examples and places:
 * `dw[(k, c), m] = Σ_{n,o} x[n, o · stride + k − before, c] · dy[n, o, m]`.
 */
export const convFilterGradient = /* @__PURE__ */ cpuKernel<tf.Conv2DBackpropFilterAttrs>(
  'Conv2DBackpropFilter',
  "tfjs's loop looks up each value by its four indices: 100 to 400 times slower than a product",
  ({ backend, inputs, attrs }) => {
    const [x, dy] = [floats(backend, inputs['x']), floats(backend, inputs['dy'])];
    if (!x || !dy || attrs.dataFormat === 'NCHW') return undefined;
    const { height, width } = convAxes(inputs['x']!.shape, attrs.filterShape, inputs['dy']!.shape, attrs);
    const [batch, , , inChannels] = inputs['x']!.shape as [number, number, number, number];
    const outChannels = attrs.filterShape[3];
    const dw = new Float32Array(sizeOf(attrs.filterShape));
    const unit = height.stride === 1 && width.stride === 1;
    const compute = unit && outChannels < lanes && inChannels > outChannels ? fromDy : fromX;
    compute({ x, dy, dw, batch, inChannels, outChannels, height, width });
    return float32(backend, attrs.filterShape, dw);
  },
);

type Problem = Record<'x' | 'dy' | 'dw', Float32Array> &
  Record<'batch' | 'inChannels' | 'outChannels', number> &
  Record<'height' | 'width', Axis>;

function fromX({ x, dy, dw, batch, inChannels, outChannels, height, width }: Problem): void {
  const image = { values: x, batch, channels: inChannels, height: inputWindows(height), width: inputWindows(width) };
  tapsTimes(image, dy, outChannels, intoMatrix(dw, outChannels));
}

/**
 * For stride 1: x, which is large, is used in place, and dy is shifted by the tap,
 * `dw[(k, m), c] = Σ_{n,i} dy[n, i + before − k, m] · x[n, i, c]`.
 */
function fromDy({ x, dy, dw, batch, inChannels, outChannels, height, width }: Problem): void {
  const image = { values: dy, batch, channels: outChannels, height: shifted(height), width: shifted(width) };
  tapsTimes(image, x, inChannels, (values, rowLength, { row, endRow, column, endColumn }) => {
    for (let i = row; i < endRow; i++) {
      const place = Math.floor(i / outChannels) * inChannels * outChannels + (i % outChannels);
      for (let c = column; c < endColumn; c++) {
        dw[place + c * outChannels] = values[(i - row) * rowLength + c - column]!;
      }
    }
  });
}

/** Entry `[(tap, channel), column]` is a sum over all windows: the image's value at the tap times the other's value. */
function tapsTimes(image: Image, other: Float32Array, columns: number, sink: Sink): void {
  const { batch, channels, height, width } = image;
  const sizes = { rows: height.taps * width.taps * channels, inner: batch * height.count * width.count, columns };
  product(tapLines(image), matrixLines(other, { count: columns, lineStride: 1, innerStride: columns }), sizes, sink);
}

function shifted({ input, output, kernel, before }: Axis): Windows {
  return { source: output, count: input, taps: kernel, step: 1, tapStep: -1, start: before };
}
