import type * as tf from '@tensorflow/tfjs';
import type { Scratch, WasmBackend } from './scratch';
import { simdBytes } from './simd-bytes';

/** An NHWC image, and where the windows of some lines of the convolution's output lie as rows. */
export type WindowArgs = [
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
];

/** Our compiled kernels (assembly/kernels.ts). Pointers are in bytes, sizes and strides in values. */
export type SimdKernels = {
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
  /** Lays the windows of an image out as rows. */
  gather(...of: [...WindowArgs, dilationHeight: number, dilationWidth: number, top: number, left: number]): void;
  /** Adds rows of windows to the image where they lie. */
  scatter(...of: [...WindowArgs, top: number, left: number]): void;
  sum(from: number, outer: number, count: number, inner: number, to: number): void;
  softplus(from: number, count: number, to: number): void;
  squareAdd(x: number, y: number): number;
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

/** The part that we use of the module that emscripten made for tfjs. With threads, its memory is `wasmMemory`. */
type Emscripten = { asm?: { memory?: unknown }; wasmMemory?: unknown };

let code = simdBytes;
let instances = new WeakMap<Emscripten, SimdKernels | 'none'>();

/** From now on uses other code for the same functions, in base64; without an argument, our usual code. */
export function chooseCode(other = simdBytes): void {
  code = other;
  instances = new WeakMap();
}

/**
 * Our kernels on the memory of the backend, made once a backend.
 *
 * @returns undefined where they cannot run: without SIMD, or in a page that forbids it.
 */
export function simdKernelsOf(backend: WasmBackend): SimdKernels | undefined {
  const host = backend.wasm as Emscripten;
  let simd = instances.get(host);
  if (!simd) {
    simd = instantiate(code, host.asm?.memory ?? host.wasmMemory) ?? 'none';
    instances.set(host, simd);
  }
  return simd === 'none' ? undefined : simd;
}

/** Makes an instance of some code, in base64, on some memory. */
export function instantiate(code: string, memory: unknown): SimdKernels | undefined {
  if (!(memory instanceof WebAssembly.Memory)) return undefined;
  const bytes = bytesOf(code, isShared(memory));
  if (!WebAssembly.validate(bytes)) return undefined;
  try {
    return new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } }).exports as SimdKernels;
  } catch {
    // A page may forbid it: tfjs's own kernels serve then.
    return undefined;
  }
}

/** tfjs has threads in a page that is cross-origin isolated, and then its memory is shared. */
function isShared({ buffer }: WebAssembly.Memory): boolean {
  return typeof SharedArrayBuffer !== 'undefined' && (buffer as ArrayBufferLike) instanceof SharedArrayBuffer;
}

/** The import section, with a memory of at least 0 pages; and the same for a shared memory of at most 65,536 pages. */
const plainImport = '\x02\x0f\x01\x03env\x06memory\x02\x00\x00';
const sharedImport = '\x02\x12\x01\x03env\x06memory\x02\x03\x00\x80\x80\x04';

/** Adapts the code to shared memory: only three bytes differ, so a second module would be a waste. */
function bytesOf(code: string, shared: boolean): Uint8Array<ArrayBuffer> {
  const text = atob(code);
  const adapted = shared ? text.replace(plainImport, sharedImport) : text;
  return Uint8Array.from(adapted, character => character.charCodeAt(0));
}

/** Where the values lie. It stays true until the tensor is disposed, whatever is allocated in between. */
export function pointer(s: Scratch, x: tf.TensorInfo): number {
  return s.view(x).byteOffset;
}
