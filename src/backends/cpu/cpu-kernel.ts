import type * as tf from '@tensorflow/tfjs';
import { sizeOfShape } from '../../ops/shape';
import { type KernelCall, type KernelPatch, replacedKernel } from '../kernel-patch';

/** The part of tfjs's cpu backend that we use. Its own types are in a package that we do not depend on. */
export type CpuBackend = {
  data: { get(dataId: tf.TensorInfo['dataId']): { values: tf.BackendValues } };
  makeTensorInfo(shape: number[], dtype: tf.DataType, values: tf.TypedArray): tf.TensorInfo;
  disposeIntermediateTensorInfo(info: tf.TensorInfo): void;
};

export type Call<Attrs> = KernelCall<CpuBackend, Record<string, tf.TensorInfo | undefined>, Attrs>;

/** A kernel of ours that leaves to tfjs what it does not compute: then it returns undefined. */
export function cpuKernel<Attrs>(
  kernel: string,
  reason: string,
  compute: (call: Call<Attrs>) => tf.TensorInfo | undefined,
): KernelPatch {
  return replacedKernel(kernel, reason, compute);
}

/** The values of a float32 tensor. tfjs's cast gives integers a new type and leaves their array: that one is copied. */
export function floats({ data }: CpuBackend, x: tf.TensorInfo | undefined): Float32Array | undefined {
  if (x?.dtype !== 'float32') return undefined;
  const { values } = data.get(x.dataId);
  return values instanceof Float32Array ? values : Float32Array.from(values as tf.TypedArray);
}

export function float32(backend: CpuBackend, shape: readonly number[], values: Float32Array): tf.TensorInfo {
  return backend.makeTensorInfo([...shape], 'float32', values);
}

export function sizeOf(shape: readonly number[]): number {
  return sizeOfShape(shape);
}
