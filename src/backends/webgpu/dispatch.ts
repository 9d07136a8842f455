import * as tf from '@tensorflow/tfjs';
import type { Pipeline, WebgpuBackend } from './webgpu-backend';

/**
 * Records one dispatch among those of tfjs, and hands over what was recorded as often as tfjs does.
 *
 * @param tensors Bound in this order; the numbers are the uniform behind them.
 */
export function dispatch(
  backend: WebgpuBackend,
  pipeline: Pipeline,
  tensors: readonly tf.TensorInfo[],
  numbers: readonly number[],
  groups: number,
): void {
  for (const { dataId } of tensors) backend.uploadToGPU(dataId);
  const uniform = backend.makeUniforms(numbers.map(n => ({ type: 'float32', data: [n] })));
  const resources = [...tensors.map(({ dataId }) => ({ buffer: backend.tensorMap.get(dataId).resource })), uniform];
  const group = backend.device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: resources.map((resource, binding) => ({ binding, resource })),
  });
  for (const { dataId } of tensors) backend.commandQueueOwnedIds.add(dataId);
  backend.ensureCommandEncoderReady();
  backend.computePassEncoder ??= backend.commandEncoder.beginComputePass();
  backend.computePassEncoder.setPipeline(pipeline);
  backend.computePassEncoder.setBindGroup(0, group);
  backend.computePassEncoder.dispatchWorkgroups(groups);
  backend.dispatchCountInPass++;
  if (backend.dispatchCountInPass >= tf.env().getNumber('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE')) {
    backend.endComputePassEncoder();
    backend.submitQueue();
  }
}
