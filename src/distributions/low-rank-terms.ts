import * as tf from '@tensorflow/tfjs';
import { sumToShape } from '../ops/sum-to-shape';
import { asColumn, cholesky, diagonalOf, outer, substitute } from '../ops/triangular';
import { withGradient } from '../ops/with-gradient';

/** M with `M·Mᵀ = C = I + VᵀV`, for V `[…, size, rank]`. */
function factorOf(v: tf.Tensor): tf.Tensor {
  const squares = tf.sum(tf.mul(asColumn(v), tf.expandDims(v, -2)), -3);
  return cholesky(tf.add(squares, tf.eye(v.shape.at(-1)!)));
}

/** `C⁻¹·b` for vectors `[…, rank]`, maybe with a sample axis more. */
function solve(m: tf.Tensor, b: tf.Tensor): tf.Tensor {
  return substitute(m, substitute(m, b), true);
}

/**
 * `c = C⁻¹Vᵀr`, and what it leaves of r, `r − V·c`. The equation `Vᵀ(r − V·c) = c` corrects c once: C itself carries the
 * rounding of large V, and the gradients feel it.
 */
function explained(r: tf.Tensor, v: tf.Tensor): { c: tf.Tensor; rest: tf.Tensor } {
  const m = factorOf(v);
  const along = (x: tf.Tensor) => tf.sum(tf.mul(v, asColumn(x)), -2);
  const without = (c: tf.Tensor) => tf.sub(r, tf.sum(tf.mul(v, tf.expandDims(c, -2)), -1));
  const first = solve(m, along(r));
  const c = tf.add(first, solve(m, tf.sub(along(without(first)), first)));
  return { c, rest: without(c) };
}

/**
 * `½ log|I + VᵀV|`, with the gradient `V·C⁻¹`: one node on the tape.
 *
 * @param v `[…, size, rank]`.
 */
export function lowRankLogDeterminant(v: tf.Tensor): tf.Tensor {
  return withGradient(
    [v],
    save => {
      save([v]);
      return tf.tidy(() => tf.sum(tf.log(diagonalOf(factorOf(v))), -1));
    },
    (dy, [saved]) => {
      // The rows of V as samples of the solver.
      const rows = tf.stack(tf.unstack(saved!, -2));
      const solved = tf.stack(tf.unstack(solve(factorOf(saved!), rows)), -2);
      return [tf.mul(asColumn(asColumn(dy)), solved)];
    },
  );
}

/**
 * `rᵀ(I + V·Vᵀ)⁻¹r = |r − V·c|² + |c|²`, `c = C⁻¹Vᵀr`: one node on the tape, with the gradients `2(r − V·c)` by r and
 * `−2(r − V·c)·cᵀ` by V.
 *
 * c is where this sum of squares is least, so that its rounding hardly shows; `|r|² − rᵀV·c` subtracts.
 *
 * @param r `[…, size]`, maybe with a sample axis more.
 * @param v `[…, size, rank]`.
 */
export function lowRankDistance(r: tf.Tensor, v: tf.Tensor): tf.Tensor {
  return withGradient(
    [r, v],
    save => {
      save([r, v]);
      return tf.tidy(() => {
        const { c, rest } = explained(r, v);
        return tf.add(tf.sum(tf.square(rest), -1), tf.sum(tf.square(c), -1));
      });
    },
    (dy, [value, directions]) => {
      const { c, rest } = explained(value!, directions!);
      const byValue = tf.mul(tf.mul(2, asColumn(dy)), rest);
      return [sumToShape(byValue, value!.shape), sumToShape(tf.neg(outer(byValue, c)), directions!.shape)];
    },
  );
}
