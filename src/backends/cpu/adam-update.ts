import type * as tf from '@tensorflow/tfjs';
import { type AdamAttrs, type AdamInputs, adamKernel } from '../adam-kernel';
import { adamLoop, adamScalars } from '../adam-loop';
import { addedKernel } from '../kernel-patch';
import { type CpuBackend, float32, floats } from './cpu-kernel';

/**
 * Adam in one loop over typed arrays.
 *
 * m and v get new arrays: `dataSync` on cpu hands out the values themselves, and what somebody has read must not change.
 */
export const adamUpdate = /* @__PURE__ */ addedKernel<CpuBackend, AdamInputs, AdamAttrs>(
  adamKernel,
  'Adam in one loop per variable; as single operations it goes over memory a dozen times',
  ({ backend, inputs, attrs }) => {
    const values = (x: tf.TensorInfo) => floats(backend, x)!;
    const variable = values(inputs.variable);
    const [variableOut, mOut, vOut] = [0, 1, 2].map(() => new Float32Array(variable.length)) as Triple;
    adamLoop(
      {
        ...{ variable, m: values(inputs.m), v: values(inputs.v), gradient: values(inputs.gradient) },
        ...{ variableOut, mOut, vOut },
      },
      adamScalars(attrs, values(inputs.count)[0]!),
    );
    return [variableOut, mOut, vOut].map(out => float32(backend, inputs.variable.shape, out));
  },
);

type Triple = [Float32Array, Float32Array, Float32Array];
