import type * as tf from '@tensorflow/tfjs';
import { type Axis, convAxes, type Plane } from '../conv-geometry';
import { type Scratch, scratchKernel } from './scratch';
import { convolveTransposed } from './simd-conv';
import { simdKernelsOf } from './simd-kernels';
import { channelsLast, conv2d } from './stock-conv';

/** From this many input channels on, one convolution a phase is faster than one for all of them. */
const manyChannels = 16;

/**
 * The gradient of a convolution's input, which is also the value of `conv2dTranspose`, by convolutions of dy.
 *
 * With i + before = q · stride + phase and k = phase + stride · j,
 * `dx[i] = Σ_j dy[q − j] · w[phase + stride · j]`: an ordinary convolution for each phase (sub-pixel convolution, Shi et
 * al. 2016, arXiv 1609.05158), and for stride 1 the known one with the flipped filter.
 */
export const convInputGradient = /* @__PURE__ */ scratchKernel<tf.Conv2DBackpropInputAttrs>(
  {
    kernel: 'Conv2DBackpropInput',
    mode: 'replace',
    reason: "tfjs's scalar loop is 3 to 30 times slower than convolutions by XNNPACK",
  },
  (s, { dy: given, filter }, attrs) => {
    const plane = convAxes(attrs.inputShape, filter!.shape, given!.shape, attrs);
    const dy = channelsLast(s, given!, attrs.dataFormat);
    const simd = simdKernelsOf(s.backend);
    const dx = simd ? convolveTransposed(s, simd, dy, filter!, plane) : byPhases(s, dy, filter!, plane);
    return attrs.dataFormat === 'NCHW' ? s.transpose(dx, [0, 3, 1, 2]) : dx;
  },
);

function byPhases(s: Scratch, dy: tf.TensorInfo, filter: tf.TensorInfo, { height, width }: Plane): tf.TensorInfo {
  const phases = { height: phasesOf(height), width: phasesOf(width) };
  const image = allPhases(s, dy, filter, phases.height, phases.width);
  const [batch, , , channels] = image.shape as [number, number, number, number];
  const begin = [0, phases.height.skip, phases.width.skip, 0];
  return s.slice(image, begin, [batch, height.input, width.input, channels]);
}

/** How one axis falls into phases. `taps` is the largest j + 1; `around` pads dy for a phase with that many taps. */
type Phases = Axis & { taps: number; skip: number; around: (taps: number) => [number, number] };

function phasesOf(axis: Axis): Phases {
  const { input, output, kernel, stride, before } = axis;
  const taps = Math.ceil(kernel / stride);
  // The first q that is computed: as late as possible, but no phase may need a negative padding.
  const first = Math.min(Math.floor(before / stride), Math.max(0, Math.floor(kernel / stride) - 1));
  const after = Math.max(0, Math.ceil((input + before) / stride) - output);
  return { ...axis, taps, skip: before - first * stride, around: count => [count - 1 - first, after] };
}

function allPhases(s: Scratch, dy: tf.TensorInfo, filter: tf.TensorInfo, height: Phases, width: Phases): tf.TensorInfo {
  const everyPhaseHasTaps = height.kernel >= height.stride && width.kernel >= width.stride;
  const unit = height.stride === 1 && width.stride === 1;
  return everyPhaseHasTaps && (unit || filter.shape[2]! >= manyChannels)
    ? phaseByPhase(s, dy, filter, height, width)
    : phasesAsChannels(s, dy, filter, height, width);
}

/** The filter with its taps in falling order of j: `[taps, stride, taps, stride · in · out]`. */
function flippedFilter(s: Scratch, filter: tf.TensorInfo, height: Phases, width: Phases): tf.TensorInfo {
  const [, , inChannels, outChannels] = filter.shape as [number, number, number, number];
  const missing = ({ taps, stride, kernel }: Phases): [number, number] => [0, taps * stride - kernel];
  const padded = s.pad(filter, [missing(height), missing(width), [0, 0], [0, 0]]);
  const shape = [height.taps, height.stride, width.taps, width.stride * inChannels * outChannels];
  return s.run('Reverse', { x: s.reshape(padded, shape) }, { dims: [0, 2] });
}

/** A convolution for each phase with exactly its taps, then rows and columns woven together. */
function phaseByPhase(s: Scratch, dy: tf.TensorInfo, filter: tf.TensorInfo, height: Phases, width: Phases) {
  const [, , inChannels, outChannels] = filter.shape as [number, number, number, number];
  const flipped = flippedFilter(s, filter, height, width);
  const tapsOf = ({ kernel, stride }: Phases, phase: number) => Math.ceil((kernel - phase) / stride);
  const size = inChannels * outChannels;
  const phase = (row: number, column: number) => {
    const rows = tapsOf(height, row);
    const columns = tapsOf(width, column);
    const begin = [height.taps - rows, row, width.taps - columns, column * size];
    const part = s.reshape(s.slice(flipped, begin, [rows, 1, columns, size]), [
      rows * columns,
      inChannels,
      outChannels,
    ]);
    const turned = s.reshape(s.transpose(part, [0, 2, 1]), [rows, columns, outChannels, inChannels]);
    return conv2d(s, dy, turned, [height.around(rows), width.around(columns)]);
  };
  const phases = Array.from({ length: height.stride }, (_, row) =>
    Array.from({ length: width.stride }, (_, column) => phase(row, column)),
  );
  const [batch, rows, columns] = phases[0]![0]!.shape as [number, number, number];
  const wide = columns * width.stride;
  const lines = phases.map(line => {
    const pixels = line.map(x => (line.length === 1 ? x : s.reshape(x, [batch * rows * columns, inChannels])));
    return s.reshape(s.concat(pixels, 1), [batch * rows, wide * inChannels]);
  });
  return s.reshape(s.concat(lines, 1), [batch, rows * height.stride, wide, inChannels]);
}

/** One convolution with all phases as channels, then depth to space: for few channels, whose lanes it fills. */
function phasesAsChannels(s: Scratch, dy: tf.TensorInfo, filter: tf.TensorInfo, height: Phases, width: Phases) {
  const [, , inChannels, outChannels] = filter.shape as [number, number, number, number];
  const channels = height.stride * width.stride * inChannels;
  const grouped = s.transpose(flippedFilter(s, filter, height, width), [0, 2, 1, 3]);
  const turned = s.transpose(s.reshape(grouped, [height.taps * width.taps, channels, outChannels]), [0, 2, 1]);
  const phases = s.reshape(turned, [height.taps, width.taps, outChannels, channels]);
  const image = conv2d(s, dy, phases, [height.around(height.taps), width.around(width.taps)]);
  const [batch, rows, columns] = image.shape as [number, number, number];
  const blocks = s.reshape(image, [batch * rows, columns, height.stride, width.stride * inChannels]);
  const lines = s.transpose(blocks, [0, 2, 1, 3]);
  return s.reshape(lines, [batch, rows * height.stride, columns * width.stride, inChannels]);
}
