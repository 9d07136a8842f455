import * as tf from '@tensorflow/tfjs';
import { expm1MinusX } from '../ops/expm1-minus-x';
import { logRatio } from '../ops/log-ratio';
import { asColumn, diagonalOf, lowerMask } from '../ops/triangular';
import { withGradient } from '../ops/with-gradient';
import type { Distribution } from './distribution';
import { inverseScaleOf } from './gaussian-kl';
import type { Normal } from './normal';
import { checkValue } from './shapes';

/**
 * `KL(N(μ, L·Lᵀ) ‖ N(0, I)) = ½ Σ [μ² + g(log L_ii²)] + ½ ‖N‖²`, where N is what lies below the diagonal of L and
 * `g(x) = eˣ − 1 − x`: nothing is solved. One node on the tape with the gradients `μ` and `L − diag(1 / L_ii)`.
 */
export function fullStandardKl(mean: tf.Tensor, lower: tf.Tensor): tf.Tensor {
  return withGradient(
    [mean, lower],
    save => {
      save([mean, lower]);
      return tf.tidy(() => {
        const below = tf.mul(lower, lowerMask(mean.shape.at(-1)!, false));
        const widths = expm1MinusX(tf.mul(2, logRatio(diagonalOf(lower), tf.scalar(1))));
        const ofElements = tf.sum(tf.add(tf.square(mean), widths), -1);
        return tf.mul(0.5, tf.add(ofElements, tf.sum(tf.square(below), [-2, -1])));
      });
    },
    (dy, [mu, l]) => {
      const size = mu!.shape.at(-1)!;
      const inverse = tf.mul(asColumn(tf.reciprocal(diagonalOf(l!))), tf.eye(size));
      const byLower = tf.sub(tf.mul(l!, lowerMask(size, true)), inverse);
      return [tf.mul(asColumn(dy), mu!), tf.mul(asColumn(asColumn(dy)), byLower)];
    },
  );
}

/** Takes a point, or the rows of a matrix, to where a `Normal` or `StandardNormal` is N(0, I). */
export type Standardise = {
  /** `(x − μ_p) / σ_p` of vectors `[…, size]`. */
  point(x: tf.Tensor): tf.Tensor;
  /** `σ_p⁻¹ · M` of matrices `[…, size, columns]`. */
  rows(matrix: tf.Tensor): tf.Tensor;
};

/** @throws When the event of `p` is not that of q. */
export function standardising(what: string, mean: tf.Tensor, p: Distribution): Standardise {
  if (p.kind === 'standardNormal') {
    checkValue(what, mean, [1, ...p.eventShape], 1);
    return { point: x => x, rows: matrix => matrix };
  }
  const { params, eventShape } = p as Normal;
  checkValue(what, mean, params.mean.shape, eventShape.length);
  const inverse = inverseScaleOf(params);
  return {
    point: x => tf.mul(tf.sub(x, params.mean), inverse),
    rows: matrix => tf.mul(matrix, inverse.rank === 0 ? inverse : asColumn(inverse)),
  };
}
