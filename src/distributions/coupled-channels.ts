import * as tf from '@tensorflow/tfjs';

/**
 * The means of red, green and blue in turn, each of which follows the channels before it: `μ_G + t₀·R`,
 * `μ_B + t₁·R + t₂·G` (Salimans et al. 2017, equation 3).
 *
 * @param mean The means as the network gives them.
 * @param slopes t, between −1 and 1, of the same shape.
 * @param axis The axis of the channels, counted from the end.
 * @param gridValueOf What a channel is on the [−1, 1] grid, given its mean: known, drawn or expected.
 * @returns The three means, with an axis of size 1 in place of the channels.
 */
export function meansInTurn(
  mean: tf.Tensor,
  slopes: tf.Tensor,
  axis: number,
  gridValueOf: (mean: tf.Tensor, channel: number) => tf.Tensor,
): tf.Tensor[] {
  const [red, green, blue] = channelsOf(mean, axis);
  const [redInGreen, redInBlue, greenInBlue] = channelsOf(slopes, axis);
  const r = gridValueOf(red, 0);
  const greenMean = tf.add(green, tf.mul(redInGreen, r));
  const g = gridValueOf(greenMean, 1);
  const blueMean = tf.add(blue, tf.add(tf.mul(redInBlue, r), tf.mul(greenInBlue, g)));
  gridValueOf(blueMean, 2);
  return [red, greenMean, blueMean];
}

/** The three channels along an axis. */
export function channelsOf(t: tf.Tensor, axis: number): [tf.Tensor, tf.Tensor, tf.Tensor] {
  return tf.split(t, 3, axis) as [tf.Tensor, tf.Tensor, tf.Tensor];
}

/** The means `[…, 3, components]` where the values `[…, 3, 1]` of all channels are known, on the [−1, 1] grid. */
export function coupledMeans(mean: tf.Tensor, coefficients: tf.Tensor, grid: tf.Tensor): tf.Tensor {
  const known = channelsOf(grid, -2);
  const [red, ...others] = meansInTurn(mean, tf.tanh(coefficients), -2, (_, i) => known[i]!) as [tf.Tensor, tf.Tensor];
  // Red does not know of a sample axis that the values have.
  return tf.concat([tf.add(red, tf.zerosLike(others[0])), ...others], -2);
}
