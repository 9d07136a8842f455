import * as tf from '@tensorflow/tfjs';

type DepthwiseAttrs = tf.DepthwiseConv2dNativeBackpropFilterAttrs | tf.DepthwiseConv2dNativeBackpropInputAttrs;

/**
 * Visits each pixel of dy with each filter tap that touches the input there: `y[o] = Σ_k x[i] · w[k]`.
 *
 * @param visit Gets three offsets: of the pixel of x, of the pixel of dy, and of the tap, each at its first channel.
 */
export function depthwiseLoop(
  inputShape: number[],
  filterShape: number[],
  { strides, dilations, pad, dimRoundingMode }: DepthwiseAttrs,
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
