import type * as tf from '@tensorflow/tfjs';
import { sizeOfShape } from '../../ops/shape';
import type { Scratch } from './scratch';
import { pointer, type SimdKernels } from './simd-kernels';

/** With fewer rows, packing costs more than the product; XNNPACK packs weights that stay as they are only once. */
export const fewRows = 16;

/** Products of float32 matrices that fit, `[…batch, rows, inner] · […batch, inner, columns]`, by our kernel. */
export function batchProduct(
  s: Scratch,
  simd: SimdKernels,
  a: tf.TensorInfo,
  b: tf.TensorInfo,
  { transposeA, transposeB }: { transposeA: boolean; transposeB: boolean },
): tf.TensorInfo {
  const [heightA, widthA] = a.shape.slice(-2) as [number, number];
  const [heightB, widthB] = b.shape.slice(-2) as [number, number];
  const [rows, inner] = transposeA ? [widthA, heightA] : [heightA, widthA];
  const columns = transposeB ? heightB : widthB;
  const batch = a.shape.slice(0, -2);
  const count = sizeOfShape(batch);
  const result = s.output([...batch, rows, columns]);
  const space = pointer(s, s.output([simd.workspace() / 4]));
  const [fromA, fromB, to] = [pointer(s, a), pointer(s, b), pointer(s, result)];
  const [rowA, innerA] = transposeA ? [1, widthA] : [widthA, 1];
  const [innerB, columnB] = transposeB ? [1, widthB] : [widthB, 1];
  for (let i = 0; i < count; i++) {
    const [x, y, z] = [fromA + 4 * i * rows * inner, fromB + 4 * i * inner * columns, to + 4 * i * rows * columns];
    simd.multiply(x, rowA, innerA, y, innerB, columnB, z, columns, rows, inner, columns, space, 0);
  }
  return result;
}
