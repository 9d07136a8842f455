import type * as tf from '@tensorflow/tfjs';
import type { KernelPatch } from '../patch';
import { depthwiseLoop } from './depthwise-loop';
import { scratchKernel } from './scratch';

/** The gradient of a depthwise convolution's input, `dx[n, i, c] = Σ_{k,m} w[k, c, m] · dy[n, o, c · multiplier + m]`. */
export const depthwiseInputGradient: KernelPatch = {
  kernel: 'DepthwiseConv2dNativeBackpropInput',
  mode: 'add',
  reason: 'tfjs has none for wasm, so depthwise and separable convolutions cannot be trained',
  make: () =>
    scratchKernel<tf.DepthwiseConv2dNativeBackpropInputAttrs>((s, inputs, attrs) => {
      const { dy, filter } = inputs as { dy: tf.TensorInfo; filter: tf.TensorInfo };
      const [, , channels, multiplier] = filter.shape as [number, number, number, number];
      const result = s.output([...attrs.inputShape]);
      const [gradient, weights, dx] = [s.view(dy), s.view(filter), s.view(result)];
      dx.fill(0);
      depthwiseLoop(attrs.inputShape, filter.shape, attrs, (to, at, tap) => {
        for (let c = 0, out = 0; c < channels; c++) {
          let sum = 0;
          for (let m = 0; m < multiplier; m++, out++) sum += weights[tap + out]! * gradient[at + out]!;
          dx[to + c]! += sum;
        }
      });
      return result;
    }),
};
