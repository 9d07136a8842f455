import * as tf from '@tensorflow/tfjs';
import type { KernelPatch } from '../kernel-patch';
import { cpuKernel, float32, floats, sizeOf } from './cpu-kernel';

/** `out[at + k] = op(a[i + k · di], b[j + k · dj])` for k < length, with steps 0 or 1. */
type Loop = (
  out: Float32Array,
  at: number,
  length: number,
  a: Float32Array,
  i: number,
  di: number,
  b: Float32Array,
  j: number,
  dj: number,
) => void;

// One loop for each operation, written out: with the operation as an argument, V8 calls it for each element.
const add: Loop = (out, at, length, a, i, di, b, j, dj) => {
  for (const end = at + length; at < end; at++, i += di, j += dj) out[at] = a[i]! + b[j]!;
};
const subtract: Loop = (out, at, length, a, i, di, b, j, dj) => {
  for (const end = at + length; at < end; at++, i += di, j += dj) out[at] = a[i]! - b[j]!;
};
const multiply: Loop = (out, at, length, a, i, di, b, j, dj) => {
  for (const end = at + length; at < end; at++, i += di, j += dj) out[at] = a[i]! * b[j]!;
};
const divide: Loop = (out, at, length, a, i, di, b, j, dj) => {
  for (const end = at + length; at < end; at++, i += di, j += dj) out[at] = a[i]! / b[j]!;
};

/** Neighbouring axes, and whether each operand moves along them or is repeated. */
type Group = { length: number; a: boolean; b: boolean };

function binary(kernel: string, loop: Loop): KernelPatch {
  return cpuKernel(
    kernel,
    'tfjs calls a function for each element, and with broadcasting works out its indices one by one',
    ({ backend, inputs }) => {
      const [a, b] = [floats(backend, inputs['a']), floats(backend, inputs['b'])];
      if (!a || !b) return undefined;
      const [aShape, bShape] = [inputs['a']!.shape, inputs['b']!.shape];
      const shape = tf.broadcast_util.assertAndGetBroadcastShape(aShape, bShape);
      const out = new Float32Array(sizeOf(shape));
      const groups = groupAxes(shape, aShape, bShape);
      const last = groups.length - 1;
      let at = 0;
      const visit = (depth: number, i: number, j: number) => {
        const { length, a: aMoves, b: bMoves } = groups[depth]!;
        if (depth === last) {
          loop(out, at, length, a, i, aMoves ? 1 : 0, b, j, bMoves ? 1 : 0);
          at += length;
          return;
        }
        const rest = groups.slice(depth + 1);
        const aStep = aMoves ? sizeOf(rest.map(g => (g.a ? g.length : 1))) : 0;
        const bStep = bMoves ? sizeOf(rest.map(g => (g.b ? g.length : 1))) : 0;
        for (let k = 0; k < length; k++) visit(depth + 1, i + k * aStep, j + k * bStep);
      };
      visit(0, 0, 0);
      return float32(backend, shape, out);
    },
  );
}

/** The axes of the result from the outside in, neighbours of one kind joined. At least one. */
function groupAxes(shape: number[], aShape: number[], bShape: number[]): Group[] {
  const groups: Group[] = [];
  shape.forEach((length, axis) => {
    if (length === 1) return;
    const a = aShape[axis - shape.length + aShape.length] === length;
    const b = bShape[axis - shape.length + bShape.length] === length;
    const previous = groups.at(-1);
    if (previous && previous.a === a && previous.b === b) previous.length *= length;
    else groups.push({ length, a, b });
  });
  return groups.length > 0 ? groups : [{ length: 1, a: true, b: true }];
}

/** Arithmetic with broadcasting; the values are tfjs's own. */
export const binaryKernels: readonly KernelPatch[] = [
  binary('Add', add),
  binary('Sub', subtract),
  binary('Multiply', multiply),
  binary('RealDiv', divide),
];
