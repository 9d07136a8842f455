import type * as tf from '@tensorflow/tfjs';
import { type Axis, convAxes } from '../conv-geometry';
import { cpuKernel, float32, floats, sizeOf } from './cpu-kernel';
import { matrixLines, product } from './product';
import { type Windows, windowLines } from './windows';

/**
 * The gradient of a convolution's input, which is also the value of `conv2dTranspose`.
 *
 * With i + before = q · stride + phase and k = phase + stride · j,
 * `dx[i] = Σ_j dy[q − j] · w[phase + stride · j]`: one product for each phase, with windows on dy.
 */
export const convInputGradient = /* @__PURE__ */ cpuKernel<tf.Conv2DBackpropInputAttrs>(
  'Conv2DBackpropInput',
  "tfjs's loop is 4 to 5 times slower than products in register blocks",
  ({ backend, inputs, attrs }) => {
    const [dy, filter] = [floats(backend, inputs['dy']), floats(backend, inputs['filter'])];
    if (!dy || !filter || attrs.dataFormat === 'NCHW') return undefined;
    const filterShape = inputs['filter']!.shape as [number, number, number, number];
    const [, kernelWidth, inChannels, outChannels] = filterShape;
    const { height, width } = convAxes(attrs.inputShape, filterShape, inputs['dy']!.shape, attrs);
    const batch = attrs.inputShape[0];
    const dx = new Float32Array(sizeOf(attrs.inputShape));
    const columnPhases = phasesOf(width);
    for (const rows of phasesOf(height)) {
      for (const columns of columnPhases) {
        const taps = rows.kernel.flatMap(k => columns.kernel.map(l => k * kernelWidth + l));
        const image = { values: dy, batch, channels: outChannels, height: rows.windows, width: columns.windows };
        const weights = matrixLines(chosenTaps(filter, taps, inChannels, outChannels), {
          count: inChannels,
          lineStride: 1,
          innerStride: inChannels,
        });
        const { count: down } = rows.windows;
        const { count: across } = columns.windows;
        const sizes = { rows: batch * down * across, inner: taps.length * outChannels, columns: inChannels };
        product(windowLines(image), weights, sizes, (values, rowLength, { row, endRow, column, endColumn }) => {
          for (let i = row; i < endRow; i++) {
            const line = Math.floor(i / across);
            const y = rows.first + (line % down) * height.stride;
            const x = columns.first + (i % across) * width.stride;
            const pixel = (Math.floor(line / down) * height.input + y) * width.input + x;
            let read = (i - row) * rowLength;
            for (let c = column; c < endColumn; c++) dx[pixel * inChannels + c] = values[read++]!;
          }
        });
      }
    }
    return float32(backend, attrs.inputShape, dx);
  },
);

/** The places `first`, `first + stride`, … of the input, the taps of the filter that they see, and their windows on dy. */
type Phase = { first: number; kernel: number[]; windows: Windows };

function phasesOf({ input, output, kernel, stride, before }: Axis): Phase[] {
  return Array.from({ length: Math.min(stride, input) }, (_, first) => {
    const phase = (first + before) % stride;
    const taps = Array.from(
      { length: Math.max(0, Math.ceil((kernel - phase) / stride)) },
      (_, j) => phase + stride * j,
    );
    const count = Math.ceil((input - first) / stride);
    const start = Math.floor((first + before) / stride);
    return { first, kernel: taps, windows: { source: output, count, taps: taps.length, step: 1, tapStep: -1, start } };
  });
}

/** Some taps of a filter as a matrix `[taps · out, in]`. */
function chosenTaps(filter: Float32Array, taps: number[], inChannels: number, outChannels: number): Float32Array {
  const chosen = new Float32Array(taps.length * outChannels * inChannels);
  taps.forEach((tap, j) => {
    for (let c = 0; c < inChannels; c++) {
      const read = (tap * inChannels + c) * outChannels;
      for (let m = 0; m < outChannels; m++) chosen[(j * outChannels + m) * inChannels + c] = filter[read + m]!;
    }
  });
  return chosen;
}
