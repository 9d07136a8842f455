import type * as tf from '@tensorflow/tfjs';
import { type AdamAttrs, type AdamInputs, adamKernel } from '../adam-kernel';
import { type AdamArrays, type AdamScalars, adamLoop, adamScalars } from '../adam-loop';
import { addedKernel } from '../kernel-patch';
import type { WasmBackend } from './scratch';
import { type SimdKernels, simdKernelsOf } from './simd-kernels';

/** The part of tfjs's wasm backend that counts who uses some memory. */
type CountingBackend = WasmBackend & {
  refCount(dataId: tf.TensorInfo['dataId']): number;
  incRef(dataId: tf.TensorInfo['dataId']): void;
};

/**
 * Adam in one pass of SIMD over memory; in JavaScript where our kernels cannot run.
 *
 * m and v are written in place unless another tensor shares their memory. The variable gets new memory each time:
 * XNNPACK keeps packed weights by the id of their data, and would go on with the old ones.
 */
export const adamUpdate = /* @__PURE__ */ addedKernel<CountingBackend, AdamInputs, AdamAttrs>(
  adamKernel,
  'Adam in one pass per variable; as single operations it goes over memory a dozen times',
  ({ backend, inputs, attrs }) => {
    const { variable, m, v, gradient } = inputs;
    const results = [backend.makeOutput(variable.shape, 'float32'), inPlace(backend, m), inPlace(backend, v)] as const;
    // Allocating can detach views, so they come last.
    const values = (info: tf.TensorInfo) => backend.typedArrayFromHeap(info) as Float32Array;
    const [variableOut, mOut, vOut] = [values(results[0]), values(results[1]), values(results[2])];
    const arrays: AdamArrays = {
      ...{ variable: values(variable), m: values(m), v: values(v), gradient: values(gradient) },
      ...{ variableOut, mOut, vOut },
    };
    const scalars = adamScalars(attrs, values(inputs.count)[0]!);
    const simd = simdKernelsOf(backend);
    if (simd) runSimd(simd, arrays, scalars);
    else adamLoop(arrays, scalars);
    return [...results];
  },
);

/** The tensor once more, or new memory where a clone, a reshape or a saved state would change with it. */
function inPlace(backend: CountingBackend, { dataId, shape, dtype }: tf.TensorInfo): tf.TensorInfo {
  if (backend.refCount(dataId) > 1) return backend.makeOutput(shape, dtype);
  backend.incRef(dataId);
  return { dataId, shape, dtype };
}

function runSimd(simd: SimdKernels, arrays: AdamArrays, scalars: AdamScalars): void {
  simd.adam(
    arrays.variable.byteOffset,
    arrays.m.byteOffset,
    arrays.v.byteOffset,
    arrays.gradient.byteOffset,
    arrays.variableOut.byteOffset,
    arrays.mOut.byteOffset,
    arrays.vOut.byteOffset,
    arrays.variable.length,
    scalars.beta1,
    scalars.gain1,
    scalars.beta2,
    scalars.gain2,
    scalars.stepSize,
    scalars.scale2,
    scalars.decay,
    scalars.epsilon,
  );
}
