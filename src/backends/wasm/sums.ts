import * as tf from '@tensorflow/tfjs';
import { sizeOfShape } from '../../ops/shape';
import { type Scratch, scratchKernel } from './scratch';
import { pointer, simdKernelsOf } from './simd-kernels';

type Attrs = { axis: number | number[]; keepDims?: boolean };

const reason =
  'tfjs adds one value after the other in float32, which is slow and drifts: the mean of 2^20 values 0.1 is 0.10099';

/** Sums, for a bias's gradient or a loss, in short blocks whose sums are added in float64. */
export const sum = /* @__PURE__ */ scratchKernel<Attrs>(
  { kernel: 'Sum', mode: 'replace', reason },
  (s, { x }, attrs, stock) => ownSum(s, x!, attrs)?.total ?? s.call(stock, { x: x! }, attrs),
);

/** The sum, divided by the number of values. */
export const mean = /* @__PURE__ */ scratchKernel<Attrs>(
  { kernel: 'Mean', mode: 'replace', reason },
  (s, { x }, attrs, stock) => {
    const own = ownSum(s, x!, attrs);
    if (!own) return s.call(stock, { x: x! }, attrs);
    const values = s.view(own.total);
    for (let i = 0; i < values.length; i++) values[i]! /= own.count;
    return own.total;
  },
);

/** The sum by our kernel; undefined where that cannot run, and for values that are not float32. */
function ownSum(s: Scratch, x: tf.TensorInfo, { axis, keepDims }: Attrs) {
  const simd = simdKernelsOf(s.backend);
  const size = sizeOfShape(x.shape);
  if (!simd || x.dtype !== 'float32' || size === 0) return undefined;
  const axes = tf.util.parseAxisParam(axis, x.shape).sort((a, b) => a - b);
  const rest = x.shape.map((_, i) => i).filter(i => !axes.includes(i));
  const first = axes[0] ?? 0;
  // Axes that are not neighbours are moved to the end first.
  const together = axes.every((a, i) => a === first + i);
  const from = together ? x : s.transpose(x, [...rest, ...axes]);
  const length = (some: number[]) => some.reduce((product, i) => product * x.shape[i]!, 1);
  const count = length(axes);
  const outer = together ? length(rest.filter(i => i < first)) : length(rest);
  const kept = x.shape.map((n, i) => (axes.includes(i) ? 1 : n));
  const total = s.output(keepDims ? kept : rest.map(i => x.shape[i]!));
  simd.sum(pointer(s, from), outer, count, size / outer / count, pointer(s, total));
  return { total, count };
}
