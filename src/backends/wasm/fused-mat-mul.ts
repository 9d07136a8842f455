import type * as tf from '@tensorflow/tfjs';
import { type Scratch, scratchKernel } from './scratch';
import { pointer, simdKernelsOf } from './simd-kernels';
import { batchProduct, fewRows } from './simd-product';

type Attrs = { transposeA: boolean; transposeB: boolean; activation: string };
type Inputs = Record<string, tf.TensorInfo>;

/** The product with bias and activation, by the same ways as in `batchMatMul`. */
export const fusedMatMul = /* @__PURE__ */ scratchKernel<Attrs>(
  { kernel: '_FusedMatMul', mode: 'replace', reason: 'transposed products run 10 to 26 times slower than plain ones' },
  (s, inputs, attrs, stock) => ownProduct(s, inputs, attrs) ?? turnedFirst(s, stock, inputs, attrs),
);

/** The product by our own kernel; undefined for what the kernel cannot compute. */
function ownProduct(s: Scratch, { a, b, bias }: Inputs, attrs: Attrs): tf.TensorInfo | undefined {
  const simd = simdKernelsOf(s.backend);
  const { transposeA, transposeB, activation } = attrs;
  const [x, y] = [a!, b!];
  const [rows, inner] = transposeA ? [x.shape[2]!, x.shape[1]!] : [x.shape[1]!, x.shape[2]!];
  const [innerB, columns] = transposeB ? [y.shape[2]!, y.shape[1]!] : [y.shape[1]!, y.shape[2]!];
  const fits = x.shape[0] === y.shape[0] && inner === innerB && x.dtype === 'float32' && y.dtype === 'float32';
  const known = activation === 'linear' || activation === 'relu';
  if (!simd || !fits || !known || inner === 0 || (!transposeA && !transposeB && rows < fewRows)) return undefined;
  // Any other bias is an error, with a message of tfjs.
  if (bias && (bias.shape.join() !== `${columns}` || bias.dtype !== 'float32')) return undefined;
  const result = batchProduct(s, simd, x, y, attrs);
  const start = bias ? pointer(s, bias) : 0;
  if (bias || activation === 'relu') {
    simd.finish(pointer(s, result), x.shape[0]! * rows, columns, start, activation === 'relu' ? 1 : 0);
  }
  return result;
}

function turnedFirst(s: Scratch, stock: tf.KernelFunc, { a, b, ...rest }: Inputs, attrs: Attrs): tf.TensorInfo {
  // Operands are [batch, rows, columns]; only single matrices reach XNNPACK, so only they gain.
  const single = a!.shape[0] === 1 && b!.shape[0] === 1;
  const turn = (x: tf.TensorInfo, transposed: boolean) => (single && transposed ? s.transpose(x, [0, 2, 1]) : x);
  const turned = single ? { ...attrs, transposeA: false, transposeB: false } : attrs;
  return s.call(stock, { ...rest, a: turn(a!, attrs.transposeA), b: turn(b!, attrs.transposeB) }, turned);
}
