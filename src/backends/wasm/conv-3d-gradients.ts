import * as tf from '@tensorflow/tfjs';
import { sizeOfShape } from '../../ops/shape';
import type { KernelPatch } from '../kernel-patch';
import { type Scratch, scratchKernel } from './scratch';

type Conv3DInfo = tf.backend_util.Conv3DInfo;
type Attrs = { strides: [number, number, number] | number; pad: 'valid' | 'same' };
type Volume = [number, number, number, number, number];

const reason = "tfjs's kernel gives wrong gradients";

/** The gradient of a volume convolution's filter: for each depth of the kernel one of an ordinary convolution. */
export const conv3DFilterGradient: KernelPatch = {
  kernel: 'Conv3DBackpropFilterV2',
  mode: 'replace',
  reason,
  make: () =>
    scratchKernel<Attrs & { filterShape: Volume }>((s, inputs, { filterShape, strides, pad }) => {
      const { x, dy } = inputs as { x: tf.TensorInfo; dy: tf.TensorInfo };
      const info = tf.backend_util.computeConv3DInfo(x.shape as Volume, filterShape, strides, 1, pad);
      const result = s.output([...filterShape]);
      s.view(result).fill(0);
      const plane = filterShape.slice(1);
      for (let tap = 0; tap < info.filterDepth; tap++) {
        const pairs = touching(info, tap);
        if (pairs.length === 0) continue;
        s.scope(inner => {
          const image = pick(
            inner,
            x,
            pairs.map(([depth]) => depth),
          );
          const gradient = pick(
            inner,
            dy,
            pairs.map(([, depth]) => depth),
          );
          const attrs = { ...planeAttrs(info), filterShape: plane };
          const part = inner.run('Conv2DBackpropFilter', { x: image, dy: gradient }, attrs);
          inner.view(result).set(inner.view(part), tap * sizeOfShape(plane));
          return part;
        });
      }
      return result;
    }),
};

/** The gradient of a volume convolution's input. */
export const conv3DInputGradient: KernelPatch = {
  kernel: 'Conv3DBackpropInputV2',
  mode: 'replace',
  reason,
  make: () =>
    scratchKernel<Attrs & { inputShape: Volume }>((s, inputs, { inputShape, strides, pad }) => {
      const { dy, filter } = inputs as { dy: tf.TensorInfo; filter: tf.TensorInfo };
      const info = tf.backend_util.computeConv3DInfo(inputShape, filter.shape as Volume, strides, 1, pad);
      const result = s.output([...inputShape]);
      s.view(result).fill(0);
      const [batch, inDepth, ...image] = inputShape;
      const size = sizeOfShape(image);
      for (let tap = 0; tap < info.filterDepth; tap++) {
        const pairs = touching(info, tap);
        if (pairs.length === 0) continue;
        s.scope(inner => {
          const gradient = pick(
            inner,
            dy,
            pairs.map(([, depth]) => depth),
          );
          const plane = filter.shape.slice(1);
          const taps = inner.reshape(inner.slice(filter, [tap, 0, 0, 0, 0], [1, ...plane]), plane);
          const attrs = { ...planeAttrs(info), inputShape: [batch * pairs.length, ...image] };
          const part = inner.run('Conv2DBackpropInput', { dy: gradient, filter: taps }, attrs);
          const [from, to] = [inner.view(part), inner.view(result)];
          for (let n = 0, read = 0; n < batch; n++) {
            for (const [depth] of pairs) {
              const write = (n * inDepth + depth) * size;
              for (let i = 0; i < size; i++) to[write + i]! += from[read++]!;
            }
          }
          return part;
        });
      }
      return result;
    }),
};

/** Depths of the input with those of the output that one depth of the kernel joins. */
function touching(info: Conv3DInfo, tap: number): [number, number][] {
  return Array.from({ length: info.outDepth }, (_, out): [number, number] => [
    out * info.strideDepth + tap - info.padInfo.front,
    out,
  ]).filter(([depth]) => depth >= 0 && depth < info.inDepth);
}

/** Some depths of each example, as images: `[batch · depths, height, width, channels]`. */
function pick(s: Scratch, x: tf.TensorInfo, depths: number[]): tf.TensorInfo {
  const [batch, depth, ...image] = x.shape as Volume;
  const size = sizeOfShape(image);
  const result = s.output([batch * depths.length, ...image]);
  const [from, to] = [s.view(x), s.view(result)];
  for (let n = 0, write = 0; n < batch; n++) {
    for (const at of depths) {
      const read = (n * depth + at) * size;
      to.set(from.subarray(read, read + size), write);
      write += size;
    }
  }
  return result;
}

function planeAttrs({ strideHeight, strideWidth, padInfo: { top, bottom, left, right } }: Conv3DInfo) {
  const pad = [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
  return { strides: [strideHeight, strideWidth], pad, dataFormat: 'NHWC' };
}
