import type * as tf from '@tensorflow/tfjs';
import type { Rng } from '../../../src/random/rng';

/** Draws whose distribution is known: continuous ones by `cdf`, whole numbers by `logMass`. */
export type DrawRow = {
  name: string;
  /** `count` independent numbers, from all of which the test is made. */
  draw(rng: Rng, count: number): tf.Tensor;
} & ({ cdf(x: number): number } | { logMass(k: number): number });
