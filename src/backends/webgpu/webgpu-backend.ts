import type * as tf from '@tensorflow/tfjs';

type DataId = tf.TensorInfo['dataId'];

/** The values of a tensor there: on the host, on the device, or not yet made. */
type TensorData = { resource?: GpuBuffer | null; values?: unknown; external?: boolean };

type GpuBuffer = { readonly size: number };
export type Pipeline = { getBindGroupLayout(index: number): object };

type Pass = {
  setPipeline(pipeline: Pipeline): void;
  setBindGroup(index: number, group: object): void;
  dispatchWorkgroups(count: number): void;
};

/** The part of WebGPU that we use: its types are in no library of TypeScript 5. */
type Device = {
  createShaderModule(descriptor: { code: string }): object;
  createComputePipeline(descriptor: object): Pipeline;
  createBindGroup(descriptor: object): object;
};

/** The part of tfjs's webgpu backend that we use. Its own types are in a package that we do not depend on. */
export type WebgpuBackend = {
  device: Device;
  tensorMap: { get(dataId: DataId): TensorData };
  /** Tensors whose memory is not given away before what was recorded has been handed over to the device. */
  commandQueueOwnedIds: { add(dataId: DataId): void };
  commandEncoder: {
    beginComputePass(): Pass;
    copyBufferToBuffer(from: GpuBuffer, start: number, to: GpuBuffer, at: number, size: number): void;
  };
  computePassEncoder: Pass | null;
  dispatchCountInPass: number;
  makeTensorInfo(shape: readonly number[], dtype: tf.DataType): tf.TensorInfo;
  makeUniforms(numbers: { type: 'float32'; data: number[] }[]): object;
  uploadToGPU(dataId: DataId): void;
  refCount(dataId: DataId): number;
  ensureCommandEncoderReady(): void;
  endComputePassEncoder(): void;
  submitQueue(): void;
};
