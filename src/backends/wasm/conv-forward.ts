import * as tf from '@tensorflow/tfjs';
import { sizeOfShape } from '../../ops/shape';
import { planeOf } from '../conv-geometry';
import { type Scratch, scratchKernel } from './scratch';
import { convolve } from './simd-conv';
import { pointer, simdKernelsOf } from './simd-kernels';

type Inputs = Record<string, tf.TensorInfo>;
type Attrs = tf.FusedConv2DAttrs & { leakyreluAlpha?: number };
type Conv2DInfo = tf.backend_util.Conv2DInfo;

const reason =
  "tfjs's writes past its output where the padding is a number and the axes differ, gives zeros for 'same' where " +
  'windows leave gaps at the end, and takes twice the time while weights change';

/** The convolution itself, by our own kernel. */
export const convForward = /* @__PURE__ */ scratchKernel<tf.Conv2DAttrs>(
  { kernel: 'Conv2D', mode: 'replace', reason },
  (s, inputs, attrs, stock) => {
    const info = infoOf(inputs, attrs);
    const simd = simdKernelsOf(s.backend);
    const { x, filter } = inputs as { x: tf.TensorInfo; filter: tf.TensorInfo };
    if (simd && knows(info, inputs)) return convolve(s, simd, x, filter, planeOf(info));
    return byXnnpack(s, stock, info, inputs, attrs);
  },
);

/** With bias and activation, as layers use it where no gradient is asked for. */
export const fusedConvForward = /* @__PURE__ */ scratchKernel<Attrs>(
  { kernel: 'FusedConv2D', mode: 'replace', reason },
  (s, inputs, attrs, stock) => {
    const info = infoOf(inputs, attrs);
    const simd = simdKernelsOf(s.backend);
    const { x, filter, bias } = inputs as { x: tf.TensorInfo; filter: tf.TensorInfo; bias?: tf.TensorInfo };
    // A bias of another shape is an error, with a message of tfjs.
    const fits = !bias || bias.shape.join() === `${info.outChannels}`;
    if (!simd || !fits || !knows(info, inputs) || !(attrs.activation in activations)) {
      return byXnnpack(s, stock, info, inputs, attrs);
    }
    const result = convolve(s, simd, x, filter, planeOf(info));
    const relu = attrs.activation === 'relu' ? 1 : 0;
    const rows = sizeOfShape(info.outShape) / info.outChannels;
    simd.finish(pointer(s, result), rows, info.outChannels, bias ? pointer(s, bias) : 0, relu);
    return activations[attrs.activation]!(s, result, inputs, attrs);
  },
);

type Activation = (s: Scratch, x: tf.TensorInfo, inputs: Inputs, attrs: Attrs) => tf.TensorInfo;

const activations: Record<string, Activation> = {
  linear: (_, x) => x,
  relu: (_, x) => x,
  relu6: (s, x) => s.run('Relu6', { x }),
  elu: (s, x) => s.run('Elu', { x }),
  sigmoid: (s, x) => s.run('Sigmoid', { x }),
  prelu: (s, x, { preluActivationWeights }) => s.run('Prelu', { x, alpha: preluActivationWeights! }),
  leakyrelu: (s, x, _, { leakyreluAlpha }) => s.run('LeakyRelu', { x }, { alpha: leakyreluAlpha ?? 0 }),
};

function infoOf({ x, filter }: Inputs, attrs: tf.Conv2DAttrs): Conv2DInfo {
  const { strides, dilations, pad, dimRoundingMode, dataFormat } = attrs;
  return tf.backend_util.computeConv2DInfo(
    x!.shape as [number, number, number, number],
    filter!.shape as [number, number, number, number],
    strides,
    dilations,
    pad,
    dimRoundingMode,
    false,
    tf.backend_util.convertConv2DDataFormat(dataFormat),
  );
}

function knows(info: Conv2DInfo, inputs: Inputs): boolean {
  const { x, filter } = inputs;
  // Other layouts are refused by tfjs.
  const whole = info.dataFormat === 'channelsLast' && filter!.shape[2] === info.inChannels && info.inChannels > 0;
  return whole && x!.dtype === 'float32' && filter!.dtype === 'float32';
}

/**
 * The convolution by XNNPACK, with the padding of each side, which avoids its error with 'same'. XNNPACK works out the
 * size of its output itself; where tfjs expects another size, it would write past the end.
 */
function byXnnpack(s: Scratch, stock: tf.KernelFunc, info: Conv2DInfo, inputs: Inputs, attrs: object): tf.TensorInfo {
  // Other layouts are refused by tfjs.
  if (info.dataFormat !== 'channelsLast') return s.call(stock, inputs, { ...attrs });
  const { top, bottom, left, right, type } = info.padInfo;
  const size = (input: number, pads: number, kernel: number, stride: number) =>
    Math.floor((input + pads - kernel) / stride) + 1;
  const rows = size(info.inHeight, top + bottom, info.effectiveFilterHeight, info.strideHeight);
  const columns = size(info.inWidth, left + right, info.effectiveFilterWidth, info.strideWidth);
  if (rows !== info.outHeight || columns !== info.outWidth) {
    throw new Error(
      `conv2d: the wasm backend of tfjs gets this one wrong (padding ${type}, input [${info.inHeight}, ` +
        `${info.inWidth}], filter [${info.filterHeight}, ${info.filterWidth}], strides [${info.strideHeight}, ` +
        `${info.strideWidth}]). Give the padding of each side as [[0, 0], [top, bottom], [left, right], [0, 0]].`,
    );
  }
  const sides = [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
  return s.call(stock, inputs, { ...attrs, pad: sides });
}
