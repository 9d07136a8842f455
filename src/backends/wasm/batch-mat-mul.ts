import type * as tf from '@tensorflow/tfjs';
import { sizeOfShape } from '../../ops/shape';
import { type Scratch, scratchKernel } from './scratch';
import { simdKernelsOf } from './simd-kernels';
import { batchProduct, fewRows } from './simd-product';

type Attrs = { transposeA: boolean; transposeB: boolean };

/** Up to this many multiplications, tfjs's plain loop beats the calls for a transposition and the packing. */
const smallProduct = 8192;

/**
 * Matrix products by our own kernel, or, where that cannot run, transposed ones by an explicit transposition.
 *
 * tfjs hands only the plain product of two matrices to XNNPACK; any transposed or batched one runs in a scalar loop
 * that is 10 to 26 times slower. The backward pass of a dense layer is two transposed products. Ours takes half the
 * time of XNNPACK, which is built for weights that stay as they are.
 */
export const batchMatMul = /* @__PURE__ */ scratchKernel<Attrs>(
  {
    kernel: 'BatchMatMul',
    mode: 'replace',
    reason: 'transposed and batched products run 10 to 26 times slower than plain ones; int32 throws',
  },
  (scratch, { a, b }, attrs, stock) => product(scratch, stock, a!, b!, attrs),
);

function product(s: Scratch, stock: tf.KernelFunc, a: tf.TensorInfo, b: tf.TensorInfo, attrs: Attrs): tf.TensorInfo {
  if (a.dtype === 'int32' && b.dtype === 'int32') {
    // Exact while sums stay below 2²⁴.
    const cast = (x: tf.TensorInfo, dtype: tf.DataType) => s.run('Cast', { x }, { dtype });
    return cast(product(s, stock, cast(a, 'float32'), cast(b, 'float32'), attrs), 'int32');
  }
  const { transposeA, transposeB } = attrs;
  const direct = () => s.call(stock, { a, b }, { transposeA, transposeB });
  const [rows, inner] = matrixShape(a, transposeA);
  const [innerB, columns] = matrixShape(b, transposeB);
  const batch = a.shape.slice(0, -2);
  const count = sizeOfShape(batch);
  // Wrong or broadcast shapes are tfjs's business, its error messages included.
  const sameBatch = batch.join() === b.shape.slice(0, -2).join();
  if (!sameBatch || inner !== innerB || a.dtype !== 'float32' || b.dtype !== 'float32') return direct();
  if (rows * inner * columns <= smallProduct) return direct();
  const plain = count === 1 && !transposeA && !transposeB;
  const simd = simdKernelsOf(s.backend);
  if (simd && !(plain && rows < fewRows)) return batchProduct(s, simd, a, b, attrs);
  if (plain) return direct();
  const matrix = (x: tf.TensorInfo, i: number) => {
    const [height, width] = x.shape.slice(-2) as [number, number];
    const all = s.reshape(x, [count, height, width]);
    return s.reshape(s.slice(all, [i, 0, 0], [1, height, width]), [height, width]);
  };
  const parts = Array.from({ length: count }, (_, i) =>
    s.reshape(matrixProduct(s, stock, matrix(a, i), matrix(b, i), attrs), [1, rows, columns]),
  );
  return s.reshape(s.concat(parts, 0), [...batch, rows, columns]);
}

/** One product of two matrices; by AᵀBᵀ = (BA)ᵀ there are two ways to each, and the one that moves less wins. */
function matrixProduct(s: Scratch, stock: tf.KernelFunc, a: tf.TensorInfo, b: tf.TensorInfo, attrs: Attrs) {
  const { transposeA, transposeB } = attrs;
  const plain = (x: tf.TensorInfo, y: tf.TensorInfo) =>
    s.call(stock, { a: x, b: y }, { transposeA: false, transposeB: false });
  const turn = (x: tf.TensorInfo) => s.transpose(x, [1, 0]);
  const [rows, inner] = matrixShape(a, transposeA);
  const columns = matrixShape(b, transposeB)[1];
  // XNNPACK packs its right operand, which costs about four transpositions of it.
  const packing = 4;
  const straight = packing * inner * columns + (transposeA ? rows * inner : 0) + (transposeB ? inner * columns : 0);
  const swapped = packing * rows * inner + (transposeA ? 0 : rows * inner) + (transposeB ? 0 : inner * columns);
  // A plain product is never swapped: with constant weights on its right, XNNPACK packs them only once.
  if ((transposeA || transposeB) && swapped + rows * columns < straight) {
    return turn(plain(transposeB ? b : turn(b), transposeA ? a : turn(a)));
  }
  return plain(transposeA ? turn(a) : a, transposeB ? turn(b) : b);
}

/** Rows and columns of the last two axes, after the transposition. */
function matrixShape(x: tf.TensorInfo, transposed: boolean): [number, number] {
  const [rows, columns] = x.shape.slice(-2) as [number, number];
  return transposed ? [columns, rows] : [rows, columns];
}
