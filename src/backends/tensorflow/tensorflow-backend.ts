import type * as tf from '@tensorflow/tfjs';

type DataId = tf.TensorInfo['dataId'];
/** An attribute of an operation. */
export type Attribute = { name: string; type: number; value: unknown };

/** The part of tfjs-node's backend that we use. Its own types are in a package that we do not depend on. */
export type TensorflowBackend = {
  /** TensorFlow's eager operations; tensors go by number. */
  binding: {
    TF_FLOAT: number;
    TF_ATTR_TYPE: number;
    TF_ATTR_BOOL: number;
    TF_ATTR_SHAPE: number;
    TF_ATTR_STRING: number;
    executeOp(name: string, attributes: readonly Attribute[], inputs: readonly number[], outputs: number): TensorData[];
    createTensor(shape: readonly number[], dtype: number, values: Float32Array): number;
    deleteTensor(id: number): void;
  };
  tensorMap: { get(dataId: DataId): TensorData };
  /** Numbers of tensors; values that were not yet handed to TensorFlow are now. */
  getInputTensorIds(tensors: readonly tf.TensorInfo[]): number[];
  createOutputTensor(data: TensorData): tf.Tensor;
  refCount(dataId: DataId): number;
  incRef(dataId: DataId): void;
  readSync(dataId: DataId): Float32Array;
};

type TensorData = { id: number; shape: number[]; dtype: number };

/** The attribute by which an operation is told that its tensors are of 32-bit floats. */
export function floatType({ binding }: TensorflowBackend, name: 'T' | 'dtype'): Attribute[] {
  return [{ name, type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT }];
}

/** A number as a tensor of TensorFlow, to be deleted after use. */
export function number({ binding }: TensorflowBackend, value: number): number {
  return binding.createTensor([], binding.TF_FLOAT, Float32Array.of(value));
}
