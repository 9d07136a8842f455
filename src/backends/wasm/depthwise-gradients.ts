import * as tf from '@tensorflow/tfjs';
import { sizeOfShape } from '../../ops/shape';
import { scratchKernel } from './scratch';

type Attrs = tf.DepthwiseConv2dNativeBackpropFilterAttrs | tf.DepthwiseConv2dNativeBackpropInputAttrs;

const reason = 'tfjs has none for wasm, so depthwise and separable convolutions cannot be trained';

/** The gradient of a depthwise filter, `dw[k, c, m] = Σ_{n,o} x[n, i, c] · dy[n, o, c · multiplier + m]`. */
export const depthwiseFilterGradient = /* @__PURE__ */ scratchKernel<
  tf.DepthwiseConv2dNativeBackpropFilterAttrs,
  'x' | 'dy'
>({ kernel: 'DepthwiseConv2dNativeBackpropFilter', mode: 'add', reason }, (s, { x, dy }, attrs) => {
  const [, , channels, multiplier] = attrs.filterShape;
  const result = s.output([...attrs.filterShape]);
  const [image, gradient] = [s.view(x), s.view(dy)];
  // Long sums, so in float64.
  const sums = new Float64Array(sizeOfShape(attrs.filterShape));
  eachTap(x.shape, attrs.filterShape, attrs, (from, at, tap) => {
    for (let c = 0, out = 0; c < channels; c++) {
      const value = image[from + c]!;
      for (let m = 0; m < multiplier; m++, out++) sums[tap + out]! += value * gradient[at + out]!;
    }
  });
  s.view(result).set(sums);
  return result;
});

/** The gradient of a depthwise convolution's input, `dx[n, i, c] = Σ_{k,m} w[k, c, m] · dy[n, o, c · multiplier + m]`. */
export const depthwiseInputGradient = /* @__PURE__ */ scratchKernel<
  tf.DepthwiseConv2dNativeBackpropInputAttrs,
  'dy' | 'filter'
>({ kernel: 'DepthwiseConv2dNativeBackpropInput', mode: 'add', reason }, (s, { dy, filter }, attrs) => {
  const [, , channels, multiplier] = filter.shape as [number, number, number, number];
  const result = s.output([...attrs.inputShape]);
  const [gradient, weights, dx] = [s.view(dy), s.view(filter), s.view(result)];
  dx.fill(0);
  eachTap(attrs.inputShape, filter.shape, attrs, (to, at, tap) => {
    for (let c = 0, out = 0; c < channels; c++) {
      let sum = 0;
      for (let m = 0; m < multiplier; m++, out++) sum += weights[tap + out]! * gradient[at + out]!;
      dx[to + c]! += sum;
    }
  });
  return result;
});

/**
 * Visits each pixel of dy with each filter tap that touches the input there: `y[o] = Σ_k x[i] · w[k]`.
 *
 * @param visit Gets three offsets: of the pixel of x, of the pixel of dy, and of the tap, each at its first channel.
 */
function eachTap(
  inputShape: number[],
  filterShape: number[],
  { strides, dilations, pad, dimRoundingMode }: Attrs,
  visit: (x: number, dy: number, tap: number) => void,
): void {
  const image = inputShape as [number, number, number, number];
  const filter = filterShape as [number, number, number, number];
  const info = tf.backend_util.computeConv2DInfo(image, filter, strides, dilations, pad, dimRoundingMode, true);
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels } = info;
  for (let row = 0; row < info.filterHeight; row++) {
    const firstRow = row * info.dilationHeight - info.padInfo.top;
    for (let column = 0; column < info.filterWidth; column++) {
      const firstColumn = column * info.dilationWidth - info.padInfo.left;
      const tap = (row * info.filterWidth + column) * outChannels;
      for (let n = 0; n < batchSize; n++) {
        for (let r = 0; r < outHeight; r++) {
          const i = r * info.strideHeight + firstRow;
          if (i < 0 || i >= inHeight) continue;
          for (let c = 0; c < outWidth; c++) {
            const j = c * info.strideWidth + firstColumn;
            if (j < 0 || j >= inWidth) continue;
            const x = ((n * inHeight + i) * inWidth + j) * inChannels;
            visit(x, ((n * outHeight + r) * outWidth + c) * outChannels, tap);
          }
        }
      }
    }
  }
}
