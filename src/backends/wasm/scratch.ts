import * as tf from '@tensorflow/tfjs';
import type { KernelPatch } from '../kernel-patch';
import { copyBlock, type HeapView } from './copy-block';

/** The part of tfjs's wasm backend that we use. Its own types are in a package that we do not depend on. */
export type WasmBackend = {
  disposeData(dataId: tf.TensorInfo['dataId']): boolean;
  /** Counts one more tensor that uses this memory. */
  incRef(dataId: tf.TensorInfo['dataId']): void;
  makeOutput(shape: number[], dtype: tf.DataType): tf.TensorInfo;
  typedArrayFromHeap(info: tf.TensorInfo): HeapView;
  /** The module that emscripten made. */
  wasm: object;
};

/**
 * Workspace of one kernel call: runs registered wasm kernels and frees at the end what they made on the way.
 *
 * Kernels cannot use `tf.tidy`. Reshaped results share memory by a reference count, so each result is released once.
 */
export class Scratch {
  readonly #made: tf.TensorInfo[] = [];

  constructor(readonly backend: WasmBackend) {}

  /** Runs the kernel that is registered now, ours or tfjs's. */
  run(kernel: string, inputs: tf.NamedTensorInfoMap | tf.TensorInfo[], attrs: tf.NamedAttrMap = {}): tf.TensorInfo {
    return this.call(tf.getKernel(kernel, 'wasm').kernelFunc, inputs, attrs);
  }

  /** Runs a kernel function that is not, or no longer, registered. */
  call(
    kernelFunc: tf.KernelFunc,
    inputs: tf.NamedTensorInfoMap | tf.TensorInfo[],
    attrs: tf.NamedAttrMap = {},
  ): tf.TensorInfo {
    // Kernels such as Concat take an array of tensors, although tfjs's types ask for a map.
    const named = inputs as tf.NamedTensorInfoMap;
    return this.#add(kernelFunc({ inputs: named, backend: this.backend, attrs }) as tf.TensorInfo);
  }

  /** Memory with whatever was there before. */
  output(shape: number[], dtype: tf.DataType = 'float32'): tf.TensorInfo {
    return this.#add(this.backend.makeOutput(shape, dtype));
  }

  /** The values in the wasm memory themselves. Any later allocation may detach the view: take it last. */
  view(info: tf.TensorInfo): HeapView {
    return this.backend.typedArrayFromHeap(info);
  }

  reshape(x: tf.TensorInfo, shape: number[]): tf.TensorInfo {
    return this.run('Reshape', { x }, { shape });
  }

  transpose(x: tf.TensorInfo, perm: number[]): tf.TensorInfo {
    return this.run('Transpose', { x }, { perm });
  }

  /** tfjs's own Slice first copies the whole tensor out of the wasm memory. */
  slice(x: tf.TensorInfo, begin: number[], size: number[]): tf.TensorInfo {
    if (size.every((length, axis) => length === x.shape[axis])) return x;
    const result = this.output(size, x.dtype);
    copyBlock(this.view(x), x.shape, begin, this.view(result), size);
    return result;
  }

  /** Zeros round an NHWC tensor or a filter: `[before, after]` for the two given axes. */
  pad(x: tf.TensorInfo, paddings: [number, number][]): tf.TensorInfo {
    if (paddings.every(([before, after]) => before === 0 && after === 0)) return x;
    return this.run('PadV2', { x }, { paddings, constantValue: 0 });
  }

  concat(parts: tf.TensorInfo[], axis: number): tf.TensorInfo {
    return parts.length === 1 ? parts[0]! : this.run('Concat', parts, { axis });
  }

  /** A part of the work whose temporaries are freed when it is done. Its result must be made by the inner scratch. */
  scope(compute: (inner: Scratch) => tf.TensorInfo): tf.TensorInfo {
    const inner = new Scratch(this.backend);
    let result: tf.TensorInfo | undefined;
    try {
      result = compute(inner);
      return this.#add(result);
    } finally {
      for (const info of inner.#made) if (info !== result) this.backend.disposeData(info.dataId);
    }
  }

  #add(info: tf.TensorInfo): tf.TensorInfo {
    this.#made.push(info);
    return info;
  }
}

/**
 * A kernel of ours from a computation on a `Scratch`, which must make the result. The computation gets tfjs's own kernel
 * function too.
 */
export function scratchKernel<Attrs, Input extends string = string>(
  patch: Omit<KernelPatch, 'make'>,
  compute: (
    scratch: Scratch,
    inputs: Record<Input, tf.TensorInfo>,
    attrs: Attrs,
    stock: tf.KernelFunc,
  ) => tf.TensorInfo,
): KernelPatch {
  const make =
    (stock: tf.KernelFunc): tf.KernelFunc =>
    ({ inputs, backend, attrs }) =>
      new Scratch(backend as WasmBackend).scope(scratch =>
        compute(scratch, inputs as Record<Input, tf.TensorInfo>, attrs as unknown as Attrs, stock),
      );
  return { ...patch, make };
}
