import * as tf from '@tensorflow/tfjs';

/** Ones on the diagonal of a square matrix and below it, or below it alone; a new tensor. */
export function lowerMask(size: number, diagonal: boolean): tf.Tensor2D {
  const values = Float32Array.from({ length: size * size }, (_, i) => {
    const [row, column] = [Math.floor(i / size), i % size];
    return row > column || (diagonal && row === column) ? 1 : 0;
  });
  return tf.tensor2d(values, [size, size]);
}

/** The diagonals of square matrices, `[…, size, size]` → `[…, size]`. */
export function diagonalOf(matrix: tf.Tensor): tf.Tensor {
  return tf.sum(tf.mul(matrix, tf.eye(matrix.shape.at(-1)!)), -1);
}

/** Columns of numbers as one axis more: `[…, size]` → `[…, size, 1]`. */
export const asColumn = (vector: tf.Tensor) => tf.expandDims(vector, -1);

/** `a·bᵀ` of vectors, `[…, rows, columns]`. */
export const outer = (a: tf.Tensor, b: tf.Tensor) => tf.mul(asColumn(a), tf.expandDims(b, -2));

/**
 * `L⁻¹·r`, or `L⁻ᵀ·r`, by substitution: one step for each row, exact up to the condition of L. Has no gradient.
 *
 * @param lower `[…, size, size]`; what lies above its diagonal is not looked at.
 * @param r `[…, size]`, maybe with a sample axis more.
 */
export function substitute(lower: tf.Tensor, r: tf.Tensor, transposed = false): tf.Tensor {
  return tf.tidy(() => {
    const size = lower.shape.at(-1)!;
    const axis = lower.rank - (transposed ? 2 : 1);
    const below = tf.mul(lower, lowerMask(size, false));
    // Of row i or column i, what the i-th unknown is multiplied by in the equations that are left.
    const factors = tf.split(below, size, axis).map(t => tf.squeeze(t, [axis]));
    const pivots = tf.split(diagonalOf(lower), size, -1);
    const units = tf.unstack(tf.eye(size));
    const order = transposed ? [...units.keys()].reverse() : [...units.keys()];
    const solved: tf.Tensor[] = [];
    let rest = r;
    for (const i of order) {
      solved[i] = tf.div(tf.sum(tf.mul(rest, units[i]!), -1, true), pivots[i]!);
      rest = tf.sub(rest, tf.mul(solved[i], factors[i]!));
    }
    return tf.concat(solved, -1);
  });
}

/** The lower triangular M with `M·Mᵀ = matrix`, for positive definite matrices `[…, size, size]`. Has no gradient. */
export function cholesky(matrix: tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    const size = matrix.shape.at(-1)!;
    const units = tf.unstack(tf.eye(size));
    const below = tf.unstack(lowerMask(size, true), 1);
    let rest = matrix;
    const columns = units.map((unit, i) => {
      const column = tf.sum(tf.mul(rest, unit), -1);
      const pivot = tf.sqrt(tf.sum(tf.mul(column, unit), -1, true));
      const scaled = tf.mul(tf.div(column, pivot), below[i]!);
      rest = tf.sub(rest, outer(scaled, scaled));
      return scaled;
    });
    return tf.stack(columns, -1);
  });
}
