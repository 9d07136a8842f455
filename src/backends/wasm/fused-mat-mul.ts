import type * as tf from '@tensorflow/tfjs';
import type { KernelPatch } from '../patch';
import { scratchKernel } from './scratch';

/** The product with bias and activation: transposed operands are turned first, as in `batchMatMul`. */
export const fusedMatMul: KernelPatch = {
  kernel: '_FusedMatMul',
  mode: 'replace',
  reason: 'transposed products run 10 to 26 times slower than plain ones',
  make: stock =>
    scratchKernel<tf.NamedAttrMap>((s, { a, b, ...rest }, attrs) => {
      const { transposeA, transposeB } = attrs;
      // Operands are [batch, rows, columns]; only single matrices reach XNNPACK, so only they gain.
      const single = a!.shape[0] === 1 && b!.shape[0] === 1;
      const turn = (x: tf.TensorInfo, transposed: unknown) => (single && transposed ? s.transpose(x, [0, 2, 1]) : x);
      const turned = single ? { ...attrs, transposeA: false, transposeB: false } : attrs;
      return s.call(stock, { ...rest, a: turn(a!, transposeA), b: turn(b!, transposeB) }, turned);
    }),
};
