import * as tf from '@tensorflow/tfjs';
import { planeOf } from '../conv-geometry';
import { type Call, cpuKernel, float32, floats, sizeOf } from './cpu-kernel';
import { type Epilogue, knowsActivation, withEpilogue } from './epilogue';
import { intoMatrix, lanes, matrixLines, product } from './product';
import { inputWindows, windowLines } from './windows';

type Info = tf.backend_util.Conv2DInfo;

const reason = "tfjs's loop is 4 to 5 times slower than a product in register blocks";

/** A convolution as a product of its windows with its filter. */
export const conv = /* @__PURE__ */ cpuKernel('Conv2D', reason, convolution);

/** The convolution with bias and activation. */
export const fusedConv = /* @__PURE__ */ cpuKernel<Epilogue & tf.Conv2DAttrs>('FusedConv2D', reason, call => {
  if (!knowsActivation(call.attrs.activation)) return undefined;
  const result = convolution(call);
  return result && withEpilogue(call.backend, result, call.inputs, call.attrs);
});

/** Returns nothing for other types than float32 and for channels first. */
function convolution({ backend, inputs, attrs }: Call<tf.Conv2DAttrs>): tf.TensorInfo | undefined {
  const [x, filter] = [floats(backend, inputs['x']), floats(backend, inputs['filter'])];
  if (!x || !filter || attrs.dataFormat === 'NCHW') return undefined;
  const info = tf.backend_util.computeConv2DInfo(
    inputs['x']!.shape as [number, number, number, number],
    inputs['filter']!.shape as [number, number, number, number],
    attrs.strides,
    attrs.dilations,
    attrs.pad,
    attrs.dimRoundingMode,
  );
  const unit = info.strideHeight === 1 && info.strideWidth === 1;
  const compute = unit && info.outChannels < lanes && info.inChannels > info.outChannels ? byTaps : byWindows;
  const out = new Float32Array(sizeOf(info.outShape));
  compute(x, filter, info, out);
  return float32(backend, info.outShape, out);
}

/** `y[o, m] = Σ_(k,c) x[o · stride + k · dilation − before, c] · w[(k, c), m]` */
function byWindows(x: Float32Array, filter: Float32Array, info: Info, out: Float32Array): void {
  const { batchSize, inChannels, outChannels } = info;
  const { height, width } = planeOf(info);
  const image = { batch: batchSize, channels: inChannels, height: inputWindows(height), width: inputWindows(width) };
  const weights = matrixLines(filter, { count: outChannels, lineStride: 1, innerStride: outChannels });
  const sizes = {
    rows: batchSize * height.output * width.output,
    inner: height.kernel * width.kernel * inChannels,
    columns: outChannels,
  };
  product(windowLines({ values: x, ...image }), weights, sizes, intoMatrix(out, outChannels));
}

/** For stride 1 and few outputs: first `x[i, c] · w[k, c, m]`, with taps and outputs as columns, then the sum over taps. */
function byTaps(x: Float32Array, filter: Float32Array, info: Info, out: Float32Array): void {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels, filterWidth } = info;
  const taps = info.filterHeight * filterWidth;
  // [k, c, m] to [(k, m), c]
  const turned = new Float32Array(filter.length);
  for (let tap = 0; tap < taps; tap++) {
    for (let c = 0; c < inChannels; c++) {
      for (let m = 0; m < outChannels; m++) {
        turned[(tap * outChannels + m) * inChannels + c] = filter[(tap * inChannels + c) * outChannels + m]!;
      }
    }
  }
  const sums = new Float64Array(out.length);
  product(
    matrixLines(x, { count: batchSize * inHeight * inWidth, lineStride: inChannels, innerStride: 1 }),
    matrixLines(turned, { count: taps * outChannels, lineStride: inChannels, innerStride: 1 }),
    { rows: batchSize * inHeight * inWidth, inner: inChannels, columns: taps * outChannels },
    (values, rowLength, { row, endRow, column, endColumn }) => {
      for (let i = row; i < endRow; i++) {
        const line = Math.floor(i / inWidth);
        const bottom = (line % inHeight) + info.padInfo.top;
        const right = (i % inWidth) + info.padInfo.left;
        const example = Math.floor(line / inHeight) * outHeight;
        for (let j = column; j < endColumn; j++) {
          const tap = Math.floor(j / outChannels);
          const y = bottom - Math.floor(tap / filterWidth) * info.dilationHeight;
          const left = right - (tap % filterWidth) * info.dilationWidth;
          if (y < 0 || y >= outHeight || left < 0 || left >= outWidth) continue;
          const place = ((example + y) * outWidth + left) * outChannels + (j % outChannels);
          sums[place]! += values[(i - row) * rowLength + j - column]!;
        }
      }
    },
  );
  out.set(sums);
}
