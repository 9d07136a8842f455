import type * as tf from '@tensorflow/tfjs';
import type { KernelPatch } from '../kernel-patch';
import type { WasmBackend } from './scratch';

const reason = 'tfjs copies all values where nothing changes; every gradient of an addition, clone or cast pays it';

/** A clone: the same memory, counted twice, as Reshape of the same backend has it. */
export const identity: KernelPatch = {
  kernel: 'Identity',
  mode: 'replace',
  reason,
  make: stock => call => {
    const { x } = call.inputs as unknown as { x: tf.TensorInfo };
    return x.dtype === 'string' ? stock(call) : shared(call.backend as WasmBackend, x);
  },
};

/** A cast to the type that is there already. */
export const cast: KernelPatch = {
  kernel: 'Cast',
  mode: 'replace',
  reason,
  make: stock => call => {
    const { x } = call.inputs as unknown as { x: tf.TensorInfo };
    const same = x.dtype === call.attrs?.['dtype'] && x.dtype !== 'string';
    return same ? shared(call.backend as WasmBackend, x) : stock(call);
  },
};

function shared(backend: WasmBackend, { dataId, shape, dtype }: tf.TensorInfo): tf.TensorInfo {
  backend.incRef(dataId);
  return { dataId, shape, dtype };
}
