import type { KernelPatch } from '../kernel-patch';
import { cpuKernel, float32, floats } from './cpu-kernel';

type Loop = (x: Float32Array, out: Float32Array, attrs: { alpha?: number }) => void;

// One loop for each operation, written out, as in binary.ts.

// Signs are as good as random, and a branch that the processor guesses wrong costs more than all else: so these two
// work on the bits of a float32. The first bit is the sign, and magnitudes above that of infinity are NaN.
const infinity = 0x7f800000;
const magnitude = 0x7fffffff;
const bitsOf = (x: Float32Array) => new Int32Array(x.buffer, x.byteOffset, x.length);

const relu: Loop = (x, out) => {
  const [from, to] = [bitsOf(x), bitsOf(out)];
  for (let i = 0; i < from.length; i++) {
    const value = from[i]!;
    const noNumber = (infinity - (value & magnitude)) >> 31;
    to[i] = value & (~(value >> 31) | noNumber);
  }
};
const step: Loop = (x, out, { alpha = 0 }) => {
  const [from, to] = [bitsOf(x), bitsOf(out)];
  const [above, below] = bitsOf(Float32Array.of(1, alpha)) as unknown as [number, number];
  for (let i = 0; i < from.length; i++) {
    const value = from[i]!;
    const noNumber = (infinity - (value & magnitude)) >> 31;
    const positive = (~value & -value) >> 31;
    to[i] = (noNumber & value) | (~noNumber & ((positive & above) | (~positive & below)));
  }
};
const squareRoot: Loop = (x, out) => {
  for (let i = 0; i < x.length; i++) out[i] = Math.sqrt(x[i]!);
};
const square: Loop = (x, out) => {
  for (let i = 0; i < x.length; i++) out[i] = x[i]! * x[i]!;
};

function unary(kernel: string, loop: Loop): KernelPatch {
  return cpuKernel<{ alpha?: number }>(
    kernel,
    'tfjs calls a function for each element',
    ({ backend, inputs, attrs }) => {
      const x = floats(backend, inputs['x']);
      if (!x) return undefined;
      const out = new Float32Array(x.length);
      loop(x, out, attrs);
      return float32(backend, inputs['x']!.shape, out);
    },
  );
}

/** Functions of single elements; the values are tfjs's own. */
export const unaryKernels: readonly KernelPatch[] = [
  unary('Relu', relu),
  unary('Step', step),
  unary('Sqrt', squareRoot),
  unary('Square', square),
];
