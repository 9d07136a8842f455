import * as tf from '@tensorflow/tfjs';
import { scratchKernel } from './scratch';

/**
 * The gradient of max pooling: each dy goes to the first largest value of its window, rows first, as in tfjs's cpu
 * kernel.
 */
export const maxPoolGradient = /* @__PURE__ */ scratchKernel<tf.MaxPoolGradAttrs, 'dy' | 'input'>(
  { kernel: 'MaxPoolGrad', mode: 'replace', reason: "tfjs's kernel gives wrong gradients" },
  (s, { dy, input }, { filterSize, strides, pad, dimRoundingMode }) => {
    const shape = input.shape as [number, number, number, number];
    const info = tf.backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode);
    const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, filterHeight, filterWidth } = info;
    const result = s.output(shape);
    const [x, from, to] = [s.view(input), s.view(dy), s.view(result)];
    to.fill(0);
    let place = 0;
    for (let n = 0; n < batchSize; n++) {
      for (let row = 0; row < outHeight; row++) {
        const top = row * info.strideHeight - info.padInfo.top;
        const [firstRow, endRow] = [Math.max(0, top), Math.min(inHeight, top + filterHeight)];
        for (let column = 0; column < outWidth; column++) {
          const left = column * info.strideWidth - info.padInfo.left;
          const [firstColumn, endColumn] = [Math.max(0, left), Math.min(inWidth, left + filterWidth)];
          for (let c = 0; c < inChannels; c++, place++) {
            let largest = -Infinity;
            let at = -1;
            for (let i = firstRow; i < endRow; i++) {
              let index = ((n * inHeight + i) * inWidth + firstColumn) * inChannels + c;
              for (let j = firstColumn; j < endColumn; j++, index += inChannels) {
                const value = x[index]!;
                if (value > largest) {
                  largest = value;
                  at = index;
                }
              }
            }
            if (at >= 0) to[at]! += from[place]!;
          }
        }
      }
    }
    return result;
  },
);
