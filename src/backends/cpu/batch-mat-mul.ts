import * as tf from '@tensorflow/tfjs';
import { type Call, cpuKernel, float32, floats, sizeOf } from './cpu-kernel';
import { type Epilogue, knowsActivation, withEpilogue } from './epilogue';
import { intoMatrix, matrixLines, product } from './product';

type Attrs = { transposeA: boolean; transposeB: boolean };

/** Up to this many multiplications, the copies to panels cost more than they save. */
const smallProduct = 512;

/** Matrix products, transposed or not, in register blocks. */
export const batchMatMul = /* @__PURE__ */ cpuKernel(
  'BatchMatMul',
  "tfjs's loop is 4 to 5 times slower than one in register blocks, and wrong where both batches are broadcast",
  matMul,
);

/** The same product with bias and activation. */
export const fusedMatMul = /* @__PURE__ */ cpuKernel<Attrs & Epilogue>(
  '_FusedMatMul',
  "tfjs's loop is 4 to 5 times slower than one in register blocks",
  call => {
    if (!knowsActivation(call.attrs.activation)) return undefined;
    const result = matMul(call);
    return result && withEpilogue(call.backend, result, call.inputs, call.attrs);
  },
);

/**
 * Returns nothing for other types than float32, for small products and for wrong shapes: tfjs's own kernel takes those.
 */
function matMul({ backend, inputs, attrs: { transposeA, transposeB } }: Call<Attrs>): tf.TensorInfo | undefined {
  const [a, b] = [floats(backend, inputs['a']), floats(backend, inputs['b'])];
  if (!a || !b) return undefined;
  const [aShape, bShape] = [inputs['a']!.shape, inputs['b']!.shape];
  const [aHeight, aWidth] = aShape.slice(-2) as [number, number];
  const [bHeight, bWidth] = bShape.slice(-2) as [number, number];
  const [rows, inner] = transposeA ? [aWidth, aHeight] : [aHeight, aWidth];
  const [innerB, columns] = transposeB ? [bWidth, bHeight] : [bHeight, bWidth];
  const [aBatch, bBatch] = [aShape.slice(0, -2), bShape.slice(0, -2)];
  const bothBroadcast = sizeOf(aBatch) > 1 && sizeOf(bBatch) > 1 && aBatch.join() !== bBatch.join();
  if (inner !== innerB || (rows * inner * columns <= smallProduct && !bothBroadcast)) return undefined;
  const batch = tf.broadcast_util.assertAndGetBroadcastShape(aBatch, bBatch);
  const out = new Float32Array(sizeOf(batch) * rows * columns);
  for (let i = 0; i < sizeOf(batch); i++) {
    const aLines = matrixLines(a, {
      offset: memberOf(aBatch, batch, i) * rows * inner,
      count: rows,
      lineStride: transposeA ? 1 : inner,
      innerStride: transposeA ? rows : 1,
    });
    const bLines = matrixLines(b, {
      offset: memberOf(bBatch, batch, i) * inner * columns,
      count: columns,
      lineStride: transposeB ? inner : 1,
      innerStride: transposeB ? 1 : columns,
    });
    product(aLines, bLines, { rows, inner, columns }, intoMatrix(out, columns, i * rows * columns));
  }
  return float32(backend, [...batch, rows, columns], out);
}

/** Which matrix of an operand belongs to matrix `index` of the result. */
function memberOf(operand: number[], result: number[], index: number): number {
  let member = 0;
  let step = 1;
  for (let axis = result.length - 1, own = operand.length - 1; axis >= 0; axis--, own--) {
    const place = index % result[axis]!;
    index = Math.floor(index / result[axis]!);
    const length = operand[own] ?? 1;
    if (length > 1) member += place * step;
    step *= length;
  }
  return member;
}
