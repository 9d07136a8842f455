import * as tf from '@tensorflow/tfjs';
import { sizeOfShape } from '../../ops/shape';
import { type Scratch, scratchKernel } from './scratch';

type Conv3DInfo = tf.backend_util.Conv3DInfo;
type Attrs = { strides: [number, number, number] | number; pad: 'valid' | 'same' };
type Volume = [number, number, number, number, number];

const reason = "tfjs's kernel gives wrong gradients";

/** The gradient of a volume convolution's filter: for each depth of the kernel one of an ordinary convolution. */
export const conv3DFilterGradient = /* @__PURE__ */ scratchKernel<Attrs & { filterShape: Volume }, 'x' | 'dy'>(
  { kernel: 'Conv3DBackpropFilterV2', mode: 'replace', reason },
  (s, { x, dy }, { filterShape, strides, pad }) => {
    const info = tf.backend_util.computeConv3DInfo(x.shape as Volume, filterShape, strides, 1, pad);
    const plane = filterShape.slice(1);
    const result = zeros(s, filterShape);
    eachDepth(s, info, (inner, tap, depths, outDepths) => {
      const attrs = { ...planeAttrs(info), filterShape: plane };
      const images = { x: pick(inner, x, depths), dy: pick(inner, dy, outDepths) };
      const part = inner.run('Conv2DBackpropFilter', images, attrs);
      inner.view(result).set(inner.view(part), tap * sizeOfShape(plane));
      return part;
    });
    return result;
  },
);

/** The gradient of a volume convolution's input. */
export const conv3DInputGradient = /* @__PURE__ */ scratchKernel<Attrs & { inputShape: Volume }, 'dy' | 'filter'>(
  { kernel: 'Conv3DBackpropInputV2', mode: 'replace', reason },
  (s, { dy, filter }, { inputShape, strides, pad }) => {
    const info = tf.backend_util.computeConv3DInfo(inputShape, filter.shape as Volume, strides, 1, pad);
    const [batch, inDepth, ...image] = inputShape;
    const plane = filter.shape.slice(1);
    const size = sizeOfShape(image);
    const result = zeros(s, inputShape);
    eachDepth(s, info, (inner, tap, depths, outDepths) => {
      const taps = inner.reshape(inner.slice(filter, [tap, 0, 0, 0, 0], [1, ...plane]), plane);
      const attrs = { ...planeAttrs(info), inputShape: [batch * depths.length, ...image] };
      const part = inner.run('Conv2DBackpropInput', { dy: pick(inner, dy, outDepths), filter: taps }, attrs);
      const [from, to] = [inner.view(part), inner.view(result)];
      for (let n = 0, read = 0; n < batch; n++) {
        for (const depth of depths) {
          const write = (n * inDepth + depth) * size;
          for (let i = 0; i < size; i++) to[write + i]! += from[read++]!;
        }
      }
      return part;
    });
    return result;
  },
);

function zeros(s: Scratch, shape: readonly number[]): tf.TensorInfo {
  const result = s.output([...shape]);
  s.view(result).fill(0);
  return result;
}

/** Visits each depth of the kernel that joins depths of the input with those of the output, given in pairs. */
function eachDepth(
  s: Scratch,
  info: Conv3DInfo,
  visit: (inner: Scratch, tap: number, depths: number[], outDepths: number[]) => tf.TensorInfo,
): void {
  for (let tap = 0; tap < info.filterDepth; tap++) {
    const depthOf = (out: number) => out * info.strideDepth + tap - info.padInfo.front;
    const outDepths = Array.from({ length: info.outDepth }, (_, out) => out).filter(out => {
      const depth = depthOf(out);
      return depth >= 0 && depth < info.inDepth;
    });
    if (outDepths.length > 0) s.scope(inner => visit(inner, tap, outDepths.map(depthOf), outDepths));
  }
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
