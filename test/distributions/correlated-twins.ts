import { klOfExamples, logProbOfExamples } from './twins';

type Lists = Readonly<Record<string, readonly number[]>>;
type Matrix = readonly (readonly number[])[];

const rowsOf = (flat: readonly number[], columns: number): Matrix =>
  Array.from({ length: flat.length / columns }, (_, i) => flat.slice(i * columns, (i + 1) * columns));

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

/** `A·Aᵀ`. */
const gram = (a: Matrix): number[][] => a.map(x => a.map(y => sum(x.map((v, k) => v * y[k]!))));

/** The covariance of two numbers that depend on each other. */
function covariance({ mean, scale, factor, scaleTril }: Lists): number[][] {
  const size = mean!.length;
  if (scaleTril) return gram(rowsOf(scaleTril, size).map((r, i) => r.map((v, j) => (j > i ? 0 : v))));
  const shared = gram(rowsOf(factor!, factor!.length / size));
  return shared.map((r, i) => r.map((v, j) => (i === j ? v + scale![i]! ** 2 : v)));
}

const determinant = ([[a, b], [c, d]]: number[][] & [[number, number], [number, number]]) => a * d - b * c;

/** `log N(x; μ, Σ)` in the plane, from the inverse of a matrix of four. */
export const plane64 = logProbOfExamples((x, p) => {
  const sigma = covariance(p) as [[number, number], [number, number]];
  const [u, v] = [x[0]! - p['mean']![0]!, x[1]! - p['mean']![1]!];
  const det = determinant(sigma);
  const squares = (sigma[1][1] * u * u - (sigma[0][1] + sigma[1][0]) * u * v + sigma[0][0] * v * v) / det;
  return -0.5 * (squares + Math.log(det)) - Math.log(2 * Math.PI);
});

/** To a Gaussian of independent elements; without parameters, that is N(0, I). */
export const planeKl64 = klOfExamples((q, p) => {
  const sigma = covariance(q) as [[number, number], [number, number]];
  const variances = q['mean']!.map((_, i) => {
    if (p['scale']) return p['scale'][i]! ** 2;
    return p['logVar'] ? Math.exp(p['logVar'][i]!) : 1;
  });
  const ofElements = q['mean']!.map((m, i) => {
    const v = variances[i]!;
    return (sigma[i]![i]! + (m - (p['mean']?.[i] ?? 0)) ** 2) / v - 1 + Math.log(v);
  });
  return 0.5 * (sum(ofElements) - Math.log(determinant(sigma)));
});
