import type * as tf from '@tensorflow/tfjs';
import type { WebgpuBackend } from './webgpu-backend';

/**
 * A new tensor of the same values, to be written to: with the memory of the old one, which has none from then on, or
 * with a copy where anybody else uses that.
 *
 * It has to be a new tensor, since tfjs caches what was read from a tensor: a read that is still on its way would be
 * cached as the value after the write.
 */
export function writableTensor(backend: WebgpuBackend, tensor: tf.TensorInfo): tf.TensorInfo {
  backend.uploadToGPU(tensor.dataId);
  const output = backend.makeTensorInfo(tensor.shape, 'float32');
  const [from, to] = [tensor, output].map(({ dataId }) => backend.tensorMap.get(dataId)) as [Data, Data];
  if (backend.refCount(tensor.dataId) === 1 && !from.external) {
    to.resource = from.resource!;
    from.resource = null;
    return output;
  }
  backend.uploadToGPU(output.dataId);
  backend.ensureCommandEncoderReady();
  backend.endComputePassEncoder();
  backend.commandEncoder.copyBufferToBuffer(from.resource!, 0, to.resource!, 0, to.resource!.size);
  backend.commandQueueOwnedIds.add(tensor.dataId);
  return output;
}

type Data = ReturnType<WebgpuBackend['tensorMap']['get']>;
