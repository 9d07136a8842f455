import type * as tf from '@tensorflow/tfjs';
import { type Attribute, floatType, number, type TensorflowBackend } from './tensorflow-backend';

/**
 * A resource of TensorFlow: what its fused optimizers write to, tensors of tfjs being read-only to it.
 *
 * TensorFlow writes to the memory that it was lent, or to a copy where anything else still refers to that (a clone, a
 * reshape, the array that the tensor was made from). So the values that others hold never change.
 */
export class Resource {
  readonly #backend: TensorflowBackend;
  readonly #type: Attribute[];
  /** The handle, as an input of an operation. */
  readonly id: number;
  /** What it holds between two uses, so that it keeps nobody's memory. */
  readonly #nothing: number;

  constructor(backend: TensorflowBackend, name: string) {
    const { TF_ATTR_STRING, TF_ATTR_SHAPE } = backend.binding;
    this.#backend = backend;
    this.#type = floatType(backend, 'dtype');
    const attributes = [
      ...this.#type,
      { name: 'container', type: TF_ATTR_STRING, value: '' },
      { name: 'shared_name', type: TF_ATTR_STRING, value: `tfjs-vae/${name}` },
      // Not checked when values are lent.
      { name: 'shape', type: TF_ATTR_SHAPE, value: [] },
    ];
    this.id = backend.binding.executeOp('VarHandleOp', attributes, [], 1)[0]!.id;
    this.#nothing = number(backend, 0);
  }

  /** Lends the memory of a tensor. If no other tensor uses that memory, the tensor has none until `takeBack`. */
  lend(tensor: tf.TensorInfo): void {
    const [id] = this.#backend.getInputTensorIds([tensor]) as [number];
    this.#assign(id);
    if (!this.#isSole(tensor)) return;
    this.#backend.binding.deleteTensor(id);
    this.#backend.tensorMap.get(tensor.dataId).id = -1;
  }

  /** The lent tensor with the new values, or another where others use the old ones. */
  takeBack(tensor: tf.TensorInfo): tf.TensorInfo {
    const { tensorMap } = this.#backend;
    const [data] = this.#backend.binding.executeOp('ReadVariableOp', this.#type, [this.id], 1);
    this.#assign(this.#nothing);
    if (!this.#isSole(tensor)) return this.#backend.createOutputTensor(data!);
    tensorMap.get(tensor.dataId).id = data!.id;
    this.#backend.incRef(tensor.dataId);
    return { dataId: tensor.dataId, shape: tensor.shape, dtype: tensor.dtype };
  }

  /** `x ← x − fraction·x`; a product with `1 − fraction` would lose digits of the fraction. */
  shrink(fraction: number): void {
    const part = this.#times(fraction);
    this.#backend.binding.executeOp('AssignSubVariableOp', this.#type, [this.id, part], 0);
    this.#backend.binding.deleteTensor(part);
  }

  /** `x ← β·x + (1 − β)·other`, of the tensor with that number. */
  average(beta: number, other: number): void {
    const { binding } = this.#backend;
    const parts = [this.#times(beta), times(this.#backend, other, 1 - beta)];
    const [sum] = binding.executeOp('AddV2', floatType(this.#backend, 'T'), parts, 1);
    this.#assign(sum!.id);
    for (const id of [...parts, sum!.id]) binding.deleteTensor(id);
  }

  #times(factor: number): number {
    const { binding } = this.#backend;
    const [values] = binding.executeOp('ReadVariableOp', this.#type, [this.id], 1);
    const product = times(this.#backend, values!.id, factor);
    binding.deleteTensor(values!.id);
    return product;
  }

  #assign(id: number): void {
    this.#backend.binding.executeOp('AssignVariableOp', this.#type, [this.id, id], 0);
  }

  #isSole({ dataId }: tf.TensorInfo): boolean {
    return this.#backend.refCount(dataId) === 1;
  }
}

/** A product with a number, to be deleted after use. */
function times(backend: TensorflowBackend, id: number, factor: number): number {
  const scalar = number(backend, factor);
  const [product] = backend.binding.executeOp('Mul', floatType(backend, 'T'), [id, scalar], 1);
  backend.binding.deleteTensor(scalar);
  return product!.id;
}
