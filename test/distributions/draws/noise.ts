import type { DrawRow } from './row';

const tail = (x: number) => 0.5 * Math.exp(-Math.abs(x));

/** What the noise of `Rng` itself follows. */
export const noiseDraws: readonly DrawRow[] = [
  { name: 'Rng.exponential', draw: (rng, count) => rng.exponential([count]), cdf: x => -Math.expm1(-x) },
  { name: 'Rng.gumbel', draw: (rng, count) => rng.gumbel([count]), cdf: x => Math.exp(-Math.exp(-x)) },
  { name: 'Rng.logistic', draw: (rng, count) => rng.logistic([count]), cdf: x => 1 / (1 + Math.exp(-x)) },
  { name: 'Rng.laplace', draw: (rng, count) => rng.laplace([count]), cdf: x => (x < 0 ? tail(x) : 1 - tail(x)) },
];
