import * as tf from '@tensorflow/tfjs';
import { checkKeys } from '../ops/check-keys';

/** What `interpolate` takes. */
export type InterpolateOptions = {
  /** `'linear'`, unless given, or `'spherical'`. */
  method?: 'linear' | 'spherical';
};

/** Below this sine of the angle a great circle is a straight line to float32, or has no direction. */
const FLAT = 1e-4;

/**
 * Points on the way from one code to another, both ends included exactly.
 *
 * Linear: `(1 − t)·a + t·b`. Spherical: along the great circle between the directions, with norms going linearly from
 * ‖a‖ to ‖b‖, so that codes of one norm keep it and stay where a normal prior has its mass; White 2016
 * (arXiv 1609.04468), section 2.1, whose formula this is for equal norms. It falls back on the straight line where
 * the angle is 0 or a half turn (then no circle is the shortest), and where an end is 0.
 *
 * @param a Start, `[latentDim]` or `[batch, latentDim]`.
 * @param b End, of the same shape.
 * @param steps Number of points, ends included; at least 2.
 * @returns `[steps, latentDim]` or `[steps, batch, latentDim]`.
 * @throws When the shapes differ or have another rank, `steps` is below 2, or the method is unknown.
 * @example
 * ```ts
 * const path = interpolate(tf.randomNormal([20]), tf.randomNormal([20]), 10, { method: 'spherical' }); // [10, 20]
 * ```
 */
export function interpolate(a: tf.Tensor, b: tf.Tensor, steps: number, options: InterpolateOptions = {}): tf.Tensor {
  checkKeys('interpolate', options, ['method']);
  const { method = 'linear' } = options;
  if (!tf.util.arraysEqual(a.shape, b.shape) || (a.rank !== 1 && a.rank !== 2)) {
    throw new Error(
      `interpolate: a and b must both be [latentDim] or [batch, latentDim], got [${a.shape}] and [${b.shape}]`,
    );
  }
  if (!Number.isSafeInteger(steps) || steps < 2) {
    throw new Error(`interpolate: steps must be an integer of at least 2, both ends included, got ${steps}`);
  }
  if (method !== 'linear' && method !== 'spherical') {
    throw new Error(`interpolate: method must be 'linear' or 'spherical', got ${JSON.stringify(method)}`);
  }
  return tf.tidy(() => {
    const between = method === 'linear' ? (t: number) => lerp(a, b, t) : sphere(a, b);
    const points = Array.from({ length: steps }, (_, i) => {
      if (i === 0) return a;
      return i === steps - 1 ? b : between(i / (steps - 1));
    });
    return tf.stack(points);
  });
}

function lerp(a: tf.Tensor, b: tf.Tensor, t: number): tf.Tensor {
  return tf.add(tf.mul(a, 1 - t), tf.mul(b, t));
}

function sphere(a: tf.Tensor, b: tf.Tensor): (t: number) => tf.Tensor {
  const [normA, unitA] = polar(a);
  const [normB, unitB] = polar(b);
  // Kahan's angle: acos of the dot product loses half of its digits near 0 and π.
  const angle = tf.mul(2, tf.atan2(norm(tf.sub(unitA, unitB)), norm(tf.add(unitA, unitB))));
  const sine = tf.sin(angle);
  const round = tf.mul(tf.step(tf.sub(sine, FLAT)), tf.mul(tf.step(normA), tf.step(normB)));
  const divisor = tf.maximum(sine, FLAT);
  return t => {
    const partA = tf.mul(unitA, tf.div(tf.sin(tf.mul(angle, 1 - t)), divisor));
    const partB = tf.mul(unitB, tf.div(tf.sin(tf.mul(angle, t)), divisor));
    const onSphere = tf.mul(tf.add(partA, partB), lerp(normA, normB, t));
    return tf.add(tf.mul(round, onSphere), tf.mul(tf.sub(1, round), lerp(a, b, t)));
  };
}

/** Norm and direction. The largest number goes first, since its square may overflow or vanish. */
function polar(x: tf.Tensor): [tf.Tensor, tf.Tensor] {
  const largest = tf.max(tf.abs(x), -1, true);
  const scaled = tf.divNoNan(x, largest);
  const length = norm(scaled);
  return [tf.mul(largest, length), tf.divNoNan(scaled, length)];
}

function norm(x: tf.Tensor): tf.Tensor {
  return tf.sqrt(tf.sum(tf.square(x), -1, true));
}
