import * as tf from '@tensorflow/tfjs';
import { expm1MinusX } from '../ops/expm1-minus-x';
import { logRatio } from '../ops/log-ratio';
import { withGradient } from '../ops/with-gradient';

/**
 * Elements of `KL(N(μ, e^lv) ‖ N(0, 1)) = ½ (μ² + g(lv))`, `g(x) = eˣ − 1 − x`, fused: one node on the tape with the
 * gradient `μ` and `½ (e^lv − 1)`, which keeps its precision near lv = 0.
 */
export function standardKlElements(mean: tf.Tensor, logVar: tf.Tensor): tf.Tensor {
  return withGradient(
    [mean, logVar],
    save => {
      const [value, curvature] = tf.tidy(() => {
        const g = expm1MinusX(logVar);
        return [tf.mul(0.5, tf.add(tf.square(mean), g)), g];
      }) as [tf.Tensor, tf.Tensor];
      save([mean, logVar, curvature]);
      return value;
    },
    (dy, [mu, lv, g]) => [tf.mul(dy, mu!), tf.mul(dy, tf.mul(0.5, tf.add(lv!, g!)))],
  );
}

/** A log-variance, a standard deviation, or both. */
export type Width = { logVar?: tf.Tensor; scale?: tf.Tensor };

/** `log σ²`. */
export function logVarOf({ logVar, scale }: Width): tf.Tensor {
  return logVar ?? tf.mul(2, tf.log(scale!));
}

/** `1 / σ`, finite where σ is too small for float32. */
export function inverseScaleOf({ logVar, scale }: Width): tf.Tensor {
  return scale ? tf.reciprocal(scale) : finiteExp(tf.mul(-0.5, logVar!));
}

/** `log σ_q² − log σ_p²`: two scales are divided, since the logarithms of neighbours differ by their rounding alone. */
export function logVarDifference(q: Width, p: Width): tf.Tensor {
  if (q.scale && p.scale) return tf.mul(2, logRatio(q.scale, p.scale));
  return tf.sub(logVarOf(q), logVarOf(p));
}

/**
 * `eᵗ`, at most e⁸⁷, which float32 can hold: where σ is too small for float32, 1/σ must not be ∞, since 0 · ∞ is NaN.
 * The gradient is that of the exponential.
 */
export function finiteExp(t: tf.Tensor): tf.Tensor {
  return withGradient(
    [t],
    save => {
      const y = tf.tidy(() => tf.exp(tf.clipByValue(t, -1e30, 87)));
      save([y]);
      return y;
    },
    (dy, [y]) => [tf.mul(dy, y!)],
  );
}
