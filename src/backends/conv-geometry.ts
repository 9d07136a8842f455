import * as tf from '@tensorflow/tfjs';

type Conv2DInfo = tf.backend_util.Conv2DInfo;
type FilterAttrs = tf.Conv2DBackpropFilterAttrs | tf.Conv2DBackpropInputAttrs;

/** Sizes along one axis of a convolution: `y[o] = Σ_k x[o · stride + k · dilation − before] · w[k]`. */
export type Axis = {
  input: number;
  output: number;
  kernel: number;
  stride: number;
  dilation: number;
  before: number;
};

/** Both axes of a convolution. */
export type Plane = { height: Axis; width: Axis };

/**
 * Both axes of the convolution whose gradient is asked for, paddings worked out by tfjs.
 *
 * @throws When `dy` does not have the shape of that convolution's output: the wasm kernels would read past its end.
 */
export function convAxes(inputShape: number[], filterShape: number[], dyShape: number[], attrs: FilterAttrs): Plane {
  const info: Conv2DInfo = tf.backend_util.computeConv2DInfo(
    (attrs.dataFormat === 'NCHW' ? fromNchw(inputShape) : inputShape) as [number, number, number, number],
    filterShape as [number, number, number, number],
    attrs.strides,
    1,
    attrs.dataFormat === 'NCHW' ? paddingFromNchw(attrs.pad) : attrs.pad,
    attrs.dimRoundingMode,
  );
  const expected = attrs.dataFormat === 'NCHW' ? toNchw(info.outShape) : info.outShape;
  if (dyShape.join() !== expected.join()) {
    throw new Error(
      `conv2d gradient: dy must be [${expected}] for an input [${inputShape}] and a filter [${filterShape}], ` +
        `got [${dyShape}]. For conv2dTranspose, check outputShape, strides and pad.`,
    );
  }
  return planeOf(info);
}

/** Sizes and paddings as tfjs works them out. */
export function planeOf(info: Conv2DInfo): Plane {
  return {
    height: {
      input: info.inHeight,
      output: info.outHeight,
      kernel: info.filterHeight,
      stride: info.strideHeight,
      dilation: info.dilationHeight,
      before: info.padInfo.top,
    },
    width: {
      input: info.inWidth,
      output: info.outWidth,
      kernel: info.filterWidth,
      stride: info.strideWidth,
      dilation: info.dilationWidth,
      before: info.padInfo.left,
    },
  };
}

/** `[batch, channels, height, width]` to `[batch, height, width, channels]`. */
function fromNchw<T>([batch, channels, height, width]: T[]): [T, T, T, T] {
  return [batch!, height!, width!, channels!];
}

function toNchw<T>([batch, height, width, channels]: T[]): [T, T, T, T] {
  return [batch!, channels!, height!, width!];
}

function paddingFromNchw(pad: FilterAttrs['pad']): FilterAttrs['pad'] {
  return typeof pad === 'object' ? fromNchw<[number, number]>(pad as [number, number][]) : pad;
}
