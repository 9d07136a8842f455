import type * as tf from '@tensorflow/tfjs';
import { nativeBytes } from './native-bytes';
import type { Scratch, WasmBackend } from './scratch';

/** Our compiled kernels (assembly/kernels.ts). Pointers are in bytes, sizes and strides in values. */
export type Native = {
  workspace(): number;
  multiply(
    a: number,
    aRow: number,
    aInner: number,
    b: number,
    bInner: number,
    bColumn: number,
    c: number,
    cRow: number,
    rows: number,
    inner: number,
    columns: number,
    space: number,
    accumulate: number,
  ): void;
  finish(c: number, rows: number, columns: number, bias: number, relu: number): void;
  gather(
    image: number,
    height: number,
    width: number,
    channels: number,
    windows: number,
    row: number,
    lines: number,
    columns: number,
    kernelHeight: number,
    kernelWidth: number,
    strideHeight: number,
    strideWidth: number,
    dilationHeight: number,
    dilationWidth: number,
    top: number,
    left: number,
  ): void;
  scatter(
    image: number,
    height: number,
    width: number,
    channels: number,
    windows: number,
    row: number,
    lines: number,
    columns: number,
    kernelHeight: number,
    kernelWidth: number,
    strideHeight: number,
    strideWidth: number,
    top: number,
    left: number,
  ): void;
  sum(from: number, outer: number, count: number, inner: number, to: number): void;
  softplus(from: number, count: number, to: number): void;
  adam(
    variable: number,
    m: number,
    v: number,
    gradient: number,
    variableOut: number,
    mOut: number,
    vOut: number,
    count: number,
    beta1: number,
    gain1: number,
    beta2: number,
    gain2: number,
    stepSize: number,
    scale2: number,
    decay: number,
    epsilon: number,
  ): void;
};

/** What emscripten keeps of the module that it made for tfjs. */
type Emscripten = { asm?: { memory?: unknown } };

const instances = new WeakMap<Emscripten, Native | 'none'>();

/**
 * Our kernels on the memory of the backend, made once a backend.
 *
 * @returns undefined where they cannot run: without SIMD, and on the shared memory of the backend with threads.
 */
export function nativeOf(backend: WasmBackend): Native | undefined {
  const host = backend.wasm as Emscripten;
  let native = instances.get(host);
  if (!native) {
    native = instantiate(host.asm?.memory) ?? 'none';
    instances.set(host, native);
  }
  return native === 'none' ? undefined : native;
}

function instantiate(memory: unknown): Native | undefined {
  if (!(memory instanceof WebAssembly.Memory)) return undefined;
  const bytes = Uint8Array.from(atob(nativeBytes), character => character.charCodeAt(0));
  if (!WebAssembly.validate(bytes)) return undefined;
  try {
    return new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } }).exports as Native;
  } catch {
    // A page may forbid it, and shared memory does not fit: tfjs's own kernels serve then.
    return undefined;
  }
}

/** Where the values lie. It stays true until the tensor is disposed, whatever is allocated in between. */
export function pointer(s: Scratch, x: tf.TensorInfo): number {
  return s.view(x).byteOffset;
}
