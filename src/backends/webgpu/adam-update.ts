import { sizeOfShape } from '../../ops/shape';
import { type AdamAttrs, type AdamInputs, adamKernel } from '../adam-kernel';
import type { KernelPatch } from '../kernel-patch';
import { adamShader, GROUP } from './adam-shader';
import { dispatch } from './dispatch';
import type { Pipeline, WebgpuBackend } from './webgpu-backend';
import { writableTensor } from './writable-tensor';

/** More groups than any device runs at once; within what every device allows. */
const MOST_GROUPS = 16384;

/** Adam in one dispatch per variable; the device itself looks whether the update is to be made. */
export const adamUpdate: KernelPatch = {
  kernel: adamKernel,
  mode: 'add',
  reason: 'Adam in one dispatch per variable; as single operations it is more than a dozen',
  make: () => {
    const pipelines = new WeakMap<object, Pipeline>();
    return call => {
      const backend = call.backend as unknown as WebgpuBackend;
      const { variable, m, v, gradient, count, finite } = call.inputs as unknown as AdamInputs;
      const outputs = [variable, m, v].map(t => writableTensor(backend, t));
      if (sizeOfShape(variable.shape) === 0) return outputs;
      let pipeline = pipelines.get(backend.device);
      if (!pipeline) {
        pipeline = compiled(backend);
        pipelines.set(backend.device, pipeline);
      }
      const groups = Math.min(Math.ceil(sizeOfShape(variable.shape) / GROUP), MOST_GROUPS);
      dispatch(
        backend,
        pipeline,
        [...outputs, gradient, count, finite],
        uniform(call.attrs as unknown as AdamAttrs),
        groups,
      );
      return outputs;
    };
  },
};

function compiled({ device }: WebgpuBackend): Pipeline {
  const module = device.createShaderModule({ code: adamShader });
  return device.createComputePipeline({ layout: 'auto', compute: { module, entryPoint: 'main' } });
}

/** In the order of the shader's struct. */
function uniform({ beta1, beta2, rate, epsilon, weightDecay }: AdamAttrs): number[] {
  // log 0 would be −∞; 1 − 10⁻³⁰ is 1.
  const log = (beta: number) => Math.log(beta || 1e-30);
  return [beta1, 1 - beta1, beta2, 1 - beta2, log(beta1), log(beta2), rate, epsilon, rate * weightDecay];
}
