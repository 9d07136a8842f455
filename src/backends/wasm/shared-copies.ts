import type * as tf from '@tensorflow/tfjs';
import { type KernelPatch, replacedKernel } from '../kernel-patch';
import type { WasmBackend } from './scratch';

/** A clone: the same memory, counted twice, as Reshape of the same backend has it. */
export const identity = /* @__PURE__ */ sharing('Identity', () => true);

/** A cast to the type that is there already. */
export const cast = /* @__PURE__ */ sharing('Cast', (x, { dtype }) => x.dtype === dtype);

function sharing(
  kernel: string,
  changesNothing: (x: tf.TensorInfo, attrs: { dtype?: tf.DataType }) => boolean,
): KernelPatch {
  return replacedKernel<WasmBackend, { x: tf.TensorInfo }, { dtype?: tf.DataType }>(
    kernel,
    'tfjs copies all values where nothing changes; every gradient of an addition, clone or cast pays it',
    ({ backend, inputs: { x }, attrs }) => {
      const { dataId, shape, dtype } = x;
      if (dtype === 'string' || !changesNothing(x, attrs)) return undefined;
      backend.incRef(dataId);
      return { dataId, shape, dtype };
    },
  );
}
