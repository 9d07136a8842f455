import type * as tf from '@tensorflow/tfjs';
import { type Axis, convAxes } from '../conv-geometry';
import { type Scratch, scratchKernel } from './scratch';
import { filterGradient } from './simd-conv';
import { simdKernelsOf } from './simd-kernels';
import { channelsLast, conv2d } from './stock-conv';

/** With so few output channels, most lanes of XNNPACK's tiles would stay empty: `shiftedProduct` is faster then. */
const fewChannels = 4;

/** XNNPACK adds values one after the other in float32; longer sums could miss 1e-5 of the largest entry. */
const longestSum = 16384;

/** With fewer examples, which play the channels, XNNPACK has too little to do at each place. */
const fewExamples = 32;

/**
 * The gradient of a convolution's filter, which also trains `conv2dTranspose`.
 *
 * `dw[k, c, m] = Σ_{n,o} x[n, o · stride + k − before, c] · dy[n, o, m]`
 */
export const convFilterGradient = /* @__PURE__ */ scratchKernel<tf.Conv2DBackpropFilterAttrs>(
  {
    kernel: 'Conv2DBackpropFilter',
    mode: 'add',
    reason: 'tfjs has none for wasm, so no conv2d and no conv2dTranspose can be trained',
    issue: '#8474',
  },
  (s, inputs, attrs) => {
    const plane = convAxes(inputs['x']!.shape, attrs.filterShape, inputs['dy']!.shape, attrs);
    const x = channelsLast(s, inputs['x']!, attrs.dataFormat);
    const dy = channelsLast(s, inputs['dy']!, attrs.dataFormat);
    const simd = simdKernelsOf(s.backend);
    return simd ? filterGradient(s, simd, x, dy, plane) : partialSums(s, x, dy, plane.height, plane.width);
  },
);

/** Adds up parts of the batch, or of the rows where there are too few examples, so that no sum is long. */
function partialSums(s: Scratch, x: tf.TensorInfo, dy: tf.TensorInfo, height: Axis, width: Axis): tf.TensorInfo {
  const [batch, rows, columns] = dy.shape as [number, number, number];
  const unit = height.stride === 1 && width.stride === 1;
  const direct = unit && dy.shape[3]! <= fewChannels ? shiftedProduct : transposedConvolution;
  const parts = Math.ceil((batch * rows * columns) / longestSum);
  if (parts === 1) return direct(s, x, dy, height, width);
  const smallest = direct === transposedConvolution ? fewExamples : 1;
  const batchParts = Math.min(parts, Math.max(1, Math.floor(batch / smallest)));
  const examples = Math.ceil(batch / batchParts);
  const lines = Math.ceil(rows / Math.ceil(parts / batchParts));
  let total: tf.TensorInfo | undefined;
  for (let example = 0; example < batch; example += examples) {
    const count = Math.min(examples, batch - example);
    for (let row = 0; row < rows; row += lines) {
      // The windows of these rows, and of all that follow, lie in the padding below the image.
      if (row * height.stride - height.before >= height.input) break;
      const part = band(height, row, Math.min(rows, row + lines));
      const sum = s.scope(inner => {
        const { input, output } = part.axis;
        const image = inner.slice(x, [example, part.first, 0, 0], [count, input, ...x.shape.slice(2)]);
        const gradient = inner.slice(dy, [example, row, 0, 0], [count, output, ...dy.shape.slice(2)]);
        return direct(inner, image, gradient, part.axis, width);
      });
      total = total ? s.run('Add', { a: total, b: sum }) : sum;
    }
  }
  return total!;
}

/** The rows of the input that the outputs `from` to `to` see, as an axis of its own. */
function band(axis: Axis, from: number, to: number): { axis: Axis; first: number } {
  const start = from * axis.stride - axis.before;
  const first = Math.max(0, start);
  const end = Math.min(axis.input, Math.max(first + 1, (to - 1) * axis.stride - axis.before + axis.kernel));
  return { axis: { ...axis, input: end - first, output: to - from, before: first - start }, first };
}

/**
 * The sum over examples and places is itself a convolution: examples play the channels, channels play the examples, dy
 * plays the filter, and the stride becomes its dilation. The result is `[in, kernel height, kernel width, out]`.
 */
function transposedConvolution(s: Scratch, x: tf.TensorInfo, dy: tf.TensorInfo, height: Axis, width: Axis) {
  const image = s.transpose(x, [3, 1, 2, 0]);
  const filter = s.transpose(dy, [1, 2, 0, 3]);
  const full = conv2d(s, image, filter, [aroundInput(height), aroundInput(width)], [height.stride, width.stride]);
  // Rows of x that no window reaches give superfluous rows.
  const cropped = s.slice(full, [0, 0, 0, 0], [x.shape[3]!, height.kernel, width.kernel, dy.shape[3]!]);
  return s.transpose(cropped, [1, 2, 0, 3]);
}

function aroundInput({ input, output, kernel, stride, before }: Axis): [number, number] {
  const reached = (output - 1) * stride + kernel;
  return [before, Math.max(0, reached - before - input)];
}

/**
 * One matrix product for stride 1: `dw[(k, m), c] = Σ_(n,i) dy[n, i + before − k, m] · x[(n, i), c]`. x, which is large,
 * is used as it lies; dy, which is small, is copied once for each k.
 */
function shiftedProduct(s: Scratch, x: tf.TensorInfo, dy: tf.TensorInfo, height: Axis, width: Axis): tf.TensorInfo {
  const [batch, , , inChannels] = x.shape as [number, number, number, number];
  const outChannels = dy.shape[3]!;
  const places = batch * height.input * width.input;
  const planes = s.pad(s.transpose(dy, [3, 0, 1, 2]), [[0, 0], [0, 0], aroundOutput(height), aroundOutput(width)]);
  const shifted: tf.TensorInfo[] = [];
  for (let row = 0; row < height.kernel; row++) {
    for (let column = 0; column < width.kernel; column++) {
      const begin = [0, 0, firstPlace(height, row), firstPlace(width, column)];
      const part = s.slice(planes, begin, [outChannels, batch, height.input, width.input]);
      shifted.push(s.reshape(part, [outChannels, places]));
    }
  }
  const a = s.concat(shifted, 0);
  const b = s.reshape(x, [places, inChannels]);
  const product = s.run('BatchMatMul', { a, b }, { transposeA: false, transposeB: false });
  const taps = height.kernel * width.kernel;
  const turned = s.transpose(s.reshape(product, [taps, outChannels, inChannels]), [0, 2, 1]);
  return s.reshape(turned, [height.kernel, width.kernel, inChannels, outChannels]);
}

/** The padding with which dy[i + before − k] exists for every i and k. */
function aroundOutput({ input, output, kernel, before }: Axis): [number, number] {
  return [Math.max(0, kernel - 1 - before), Math.max(0, input + before - output)];
}

function firstPlace(axis: Axis, tap: number): number {
  return aroundOutput(axis)[0] + axis.before - tap;
}
