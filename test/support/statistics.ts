import { gammaCdf } from './special-functions';

export function mean(x: readonly number[]): number {
  return x.reduce((a, v) => a + v, 0) / x.length;
}

/** The unbiased sample variance. */
export function variance(x: readonly number[]): number {
  const m = mean(x);
  return x.reduce((a, v) => a + (v - m) ** 2, 0) / (x.length - 1);
}

/** Standard error of the mean. */
export function standardError(x: readonly number[]): number {
  return Math.sqrt(variance(x) / x.length);
}

export function correlation(x: readonly number[], y: readonly number[]): number {
  const [mx, my] = [mean(x), mean(y)];
  const covariance = x.reduce((a, v, i) => a + (v - mx) * (y[i]! - my), 0) / (x.length - 1);
  return covariance / Math.sqrt(variance(x) * variance(y));
}

/** Largest distance between the empirical distribution function and the given one. */
export function kolmogorovSmirnov(x: readonly number[], cdf: (v: number) => number): number {
  const sorted = [...x].sort((a, b) => a - b);
  return sorted.reduce((worst, v, i) => {
    const p = cdf(v);
    return Math.max(worst, (i + 1) / sorted.length - p, p - i / sorted.length);
  }, 0);
}

/** Φ(z), to 1.5e-7: Abramowitz & Stegun 7.1.26. */
export function normalCdf(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const upper = 0.5 * series * Math.exp(-x * x);
  return z > 0 ? 1 - upper : upper;
}

/** The p-value of `kolmogorovSmirnov` for many draws: Kolmogorov 1933. */
export function kolmogorovP(distance: number, count: number): number {
  const x = Math.sqrt(count) * distance;
  if (x < 0.3) return 1; // to 1e-5; the series needs more and more terms
  return (
    2 * Array.from({ length: 20 }, (_, i) => i + 1).reduce((p, k) => p - (-1) ** k * Math.exp(-2 * (k * x) ** 2), 0)
  );
}

/** The p-value of Pearson's χ² test of observed counts whose probabilities are known. */
export function chiSquareP(bins: readonly { expected: number; observed: number }[]): number {
  const square = bins.reduce((sum, { expected, observed }) => sum + (observed - expected) ** 2 / expected, 0);
  return 1 - gammaCdf((bins.length - 1) / 2, square / 2);
}
