import type * as tf from '@tensorflow/tfjs';
import { sizeOfShape } from '../../ops/shape';
import type { KernelPatch } from '../patch';
import { depthwiseLoop } from './depthwise-loop';
import { scratchKernel } from './scratch';

/** The gradient of a depthwise filter, `dw[k, c, m] = Σ_{n,o} x[n, i, c] · dy[n, o, c · multiplier + m]`. */
export const depthwiseFilterGradient: KernelPatch = {
  kernel: 'DepthwiseConv2dNativeBackpropFilter',
  mode: 'add',
  reason: 'tfjs has none for wasm, so depthwise and separable convolutions cannot be trained',
  make: () =>
    scratchKernel<tf.DepthwiseConv2dNativeBackpropFilterAttrs>((s, inputs, attrs) => {
      const { x, dy } = inputs as { x: tf.TensorInfo; dy: tf.TensorInfo };
      const [, , channels, multiplier] = attrs.filterShape;
      const result = s.output([...attrs.filterShape]);
      const [image, gradient] = [s.view(x), s.view(dy)];
      // Long sums, so in float64.
      const sums = new Float64Array(sizeOfShape(attrs.filterShape));
      depthwiseLoop(x.shape, attrs.filterShape, attrs, (from, at, tap) => {
        for (let c = 0, out = 0; c < channels; c++) {
          const value = image[from + c]!;
          for (let m = 0; m < multiplier; m++, out++) sums[tap + out]! += value * gradient[at + out]!;
        }
      });
      s.view(result).set(sums);
      return result;
    }),
};
