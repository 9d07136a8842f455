import * as tf from '@tensorflow/tfjs';

/** `c₀ + c₁x + c₂x² + …`, in Horner form. It has the gradient that its operations have. */
export function polynomial(x: tf.Tensor, coefficients: readonly number[]): tf.Tensor {
  const [highest, ...lower] = [...coefficients].reverse();
  let sum: tf.Tensor = tf.scalar(highest!);
  for (const c of lower) sum = tf.add(c, tf.mul(sum, x));
  return sum;
}
