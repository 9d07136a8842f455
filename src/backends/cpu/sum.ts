import * as tf from '@tensorflow/tfjs';
import { cpuKernel, float32, floats, sizeOf } from './cpu-kernel';

/**
 * Sums over neighbouring axes, such as for the gradient of a bias, in float64 and in the order of tfjs's own kernel.
 */
export const sum = /* @__PURE__ */ cpuKernel<{ axis: number | number[]; keepDims: boolean }>(
  'Sum',
  'tfjs transposes the whole tensor, value by value, when it sums over other axes than the last',
  ({ backend, inputs, attrs }) => {
    const x = floats(backend, inputs['x']);
    if (!x) return undefined;
    const { shape } = inputs['x']!;
    const axes = tf.util.parseAxisParam(attrs.axis, shape);
    const [first, last] = [Math.min(...axes), Math.max(...axes)];
    // Axes of length 1 between them change nothing.
    const gap = shape.some((length, axis) => axis > first && axis < last && length !== 1 && !axes.includes(axis));
    if (axes.length === 0 || gap) return undefined;
    const [outer, inner] = [sizeOf(shape.slice(0, first)), sizeOf(shape.slice(last + 1))];
    const length = sizeOf(shape.slice(first, last + 1));
    const kept = shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
    const outShape = attrs.keepDims ? kept : kept.filter((_, axis) => !axes.includes(axis));
    const out = new Float32Array(outer * inner);
    if (inner === 1) sumRuns(x, length, out);
    else sumRows(x, length, inner, out);
    return float32(backend, outShape, out);
  },
);

function sumRuns(x: Float32Array, length: number, out: Float32Array): void {
  let read = 0;
  for (let i = 0; i < out.length; i++) {
    let total = 0;
    for (const end = read + length; read < end; read++) total += x[read]!;
    out[i] = total;
  }
}

function sumRows(x: Float32Array, length: number, inner: number, out: Float32Array): void {
  const totals = new Float64Array(inner);
  let read = 0;
  for (let at = 0; at < out.length; at += inner) {
    totals.fill(0);
    for (let k = 0; k < length; k++) {
      for (let j = 0; j < inner; j++) totals[j]! += x[read++]!;
    }
    out.set(totals, at);
  }
}
