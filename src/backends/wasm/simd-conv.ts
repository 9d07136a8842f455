import type * as tf from '@tensorflow/tfjs';
import type { Axis, Plane } from '../conv-geometry';
import type { Scratch } from './scratch';
import { pointer, type SimdKernels, type WindowArgs } from './simd-kernels';

/** Places of the output that are done at once: their windows should stay in the cache. */
const placesAtOnce = 512;

/** With fewer columns than this, most lanes of the product would stay empty. */
const fewChannels = 8;

/** The windows of x times the filter, `[batch, height, width, out]`. */
export function convolve(s: Scratch, simd: SimdKernels, x: tf.TensorInfo, filter: tf.TensorInfo, plane: Plane) {
  const [batch, , , inChannels] = x.shape as [number, number, number, number];
  const outChannels = filter.shape[3]!;
  if (isUnit(plane) && outChannels < fewChannels && outChannels < inChannels) {
    return spreadWindows(s, simd, x, flipped(s, filter), mirrored(plane));
  }
  const { height, width } = plane;
  const result = s.output([batch, height.output, width.output, outChannels]);
  const [weights, to] = [pointer(s, filter), pointer(s, result)];
  const size = height.kernel * width.kernel * inChannels;
  eachWindows(s, simd, x, plane, (windows, first, places, space) => {
    const y = to + 4 * first * outChannels;
    simd.multiply(windows, size, 1, weights, outChannels, 1, y, outChannels, places, size, outChannels, space, 0);
  });
  return result;
}

/** The gradient of x: the transpose of `convolve`, `[batch, height, width, in]`. */
export function convolveTransposed(
  s: Scratch,
  simd: SimdKernels,
  dy: tf.TensorInfo,
  filter: tf.TensorInfo,
  plane: Plane,
) {
  const [inChannels, outChannels] = filter.shape.slice(2) as [number, number];
  // For stride 1 it is a convolution of dy.
  return isUnit(plane) && inChannels >= fewChannels && outChannels < 2 * inChannels
    ? convolve(s, simd, dy, flipped(s, filter), mirrored(plane))
    : spreadWindows(s, simd, dy, filter, plane);
}

/** The gradient of the filter, `[kernel height, kernel width, in, out]`. */
export function filterGradient(
  s: Scratch,
  simd: SimdKernels,
  x: tf.TensorInfo,
  dy: tf.TensorInfo,
  plane: Plane,
): tf.TensorInfo {
  const { height, width } = plane;
  const [inChannels, outChannels] = [x.shape[3]!, dy.shape[3]!];
  if (isUnit(plane) && outChannels < fewChannels && outChannels < inChannels) {
    return flipped(s, filterGradient(s, simd, dy, x, mirrored(plane)));
  }
  const result = s.output([height.kernel, width.kernel, inChannels, outChannels]);
  s.view(result).fill(0);
  const [from, to] = [pointer(s, dy), pointer(s, result)];
  const size = height.kernel * width.kernel * inChannels;
  eachWindows(s, simd, x, plane, (windows, first, places, space) => {
    const y = from + 4 * first * outChannels;
    simd.multiply(windows, 1, size, y, outChannels, 1, to, outChannels, size, places, outChannels, space, 1);
  });
  return result;
}

/** Each value of dy times the filter, added to the image where its window lies. */
function spreadWindows(s: Scratch, simd: SimdKernels, dy: tf.TensorInfo, filter: tf.TensorInfo, plane: Plane) {
  const { height, width } = plane;
  const [batch] = dy.shape as [number];
  const [inChannels, outChannels] = filter.shape.slice(2) as [number, number];
  const size = height.kernel * width.kernel * inChannels;
  const result = s.output([batch, height.input, width.input, inChannels]);
  const { buffer, space } = workspace(s, simd, plane, batch, size);
  s.view(result).fill(0);
  const [from, weights, to] = [pointer(s, dy), pointer(s, filter), pointer(s, result)];
  for (const part of parts(plane, batch)) {
    const { example, examples, row, lines } = part;
    const first = (example * height.output + row) * width.output;
    const places = examples * lines * width.output;
    const y = from + 4 * first * outChannels;
    simd.multiply(y, outChannels, 1, weights, 1, outChannels, buffer, size, places, outChannels, size, space, 0);
    for (let i = 0; i < examples; i++) {
      simd.scatter(...windowArgs(plane, part, i, to, inChannels, buffer), height.before, width.before);
    }
  }
  return result;
}

/** Hands over the windows of x, part by part: where they are, the first place of the output, how many places. */
function eachWindows(
  s: Scratch,
  simd: SimdKernels,
  x: tf.TensorInfo,
  plane: Plane,
  use: (windows: number, first: number, places: number, space: number) => void,
): void {
  const { height, width } = plane;
  const [batch, , , channels] = x.shape as [number, number, number, number];
  const size = height.kernel * width.kernel * channels;
  const { buffer, space } = workspace(s, simd, plane, batch, size);
  const from = pointer(s, x);
  for (const part of parts(plane, batch)) {
    const { example, examples, row, lines } = part;
    for (let i = 0; i < examples; i++) {
      simd.gather(
        ...windowArgs(plane, part, i, from, channels, buffer),
        height.dilation,
        width.dilation,
        height.before,
        width.before,
      );
    }
    const first = (example * height.output + row) * width.output;
    use(buffer, first, examples * lines * width.output, space);
  }
}

/** One example of a part: where its image lies, and where its windows lie in the buffer. */
function windowArgs(
  { height, width }: Plane,
  { example, row, lines }: Part,
  index: number,
  images: number,
  channels: number,
  buffer: number,
): WindowArgs {
  const image = images + 4 * (example + index) * height.input * width.input * channels;
  const windowSize = height.kernel * width.kernel * channels;
  const windows = buffer + 4 * index * lines * width.output * windowSize;
  return [
    image,
    height.input,
    width.input,
    channels,
    windows,
    row,
    lines,
    width.output,
    height.kernel,
    width.kernel,
    height.stride,
    width.stride,
  ];
}

type Part = { example: number; examples: number; row: number; lines: number };

/** Some whole examples at a time, or some rows of one. */
function parts({ height, width }: Plane, batch: number): Part[] {
  const { examples, lines } = partSize(height.output, width.output, batch);
  const all: Part[] = [];
  for (let example = 0; example < batch; example += examples) {
    for (let row = 0; row < height.output; row += lines) {
      all.push({
        example,
        examples: Math.min(examples, batch - example),
        row,
        lines: Math.min(lines, height.output - row),
      });
    }
  }
  return all;
}

function partSize(rows: number, columns: number, batch: number): { examples: number; lines: number } {
  const examples = Math.min(batch, Math.max(1, Math.floor(placesAtOnce / (rows * columns))));
  const lines = Math.min(rows, Math.max(1, Math.ceil(placesAtOnce / columns)));
  return { examples, lines: examples > 1 ? rows : lines };
}

function workspace(s: Scratch, simd: SimdKernels, { height, width }: Plane, batch: number, size: number) {
  const { examples, lines } = partSize(height.output, width.output, batch);
  const windows = s.output([examples * lines * width.output * size]);
  const space = s.output([simd.workspace() / 4]);
  return { buffer: pointer(s, windows), space: pointer(s, space) };
}

function isUnit({ height, width }: Plane): boolean {
  return [height, width].every(({ stride, dilation }) => stride === 1 && dilation === 1);
}

/** For stride 1: the convolution that goes the other way, from y to x, with the flipped filter. */
function mirrored({ height, width }: Plane): Plane {
  const turn = (axis: Axis): Axis => ({
    ...axis,
    input: axis.output,
    output: axis.input,
    before: axis.kernel - 1 - axis.before,
  });
  return { height: turn(height), width: turn(width) };
}

/** The filter with its taps in falling order and its channels exchanged. */
function flipped(s: Scratch, filter: tf.TensorInfo): tf.TensorInfo {
  const [height, width, inChannels, outChannels] = filter.shape as [number, number, number, number];
  const result = s.output([height, width, outChannels, inChannels]);
  const [from, to] = [s.view(filter), s.view(result)];
  const taps = height * width;
  let write = 0;
  for (let tap = taps - 1; tap >= 0; tap--) {
    for (let m = 0; m < outChannels; m++) {
      for (let c = 0; c < inChannels; c++) to[write++] = from[(tap * inChannels + c) * outChannels + m]!;
    }
  }
  return result;
}
