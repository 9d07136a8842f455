// The exact oracle: a linear VAE with one σ is probabilistic PCA, whose likelihood is known
// (Tipping & Bishop 1999, "Probabilistic principal component analysis", equations 4, 7 and 8).
import { Rng } from 'tfjs-vae';

export type Ppca = { mean: Float64Array; variances: number[]; directions: Float64Array[]; sigma2: number };

/** Maximum likelihood with `q` directions: top eigenpairs of the covariance, σ² the mean of the remaining eigenvalues. */
export function fitPpca(rows: Float32Array, width: number, q: number): Ppca {
  const count = rows.length / width;
  const mean = columnMeans(rows, width);
  const covariance = covarianceOf(rows, width, mean);
  const { values, vectors } = topEigenpairs(covariance, width, q);
  let trace = 0;
  for (let i = 0; i < width; i++) trace += covariance[i * width + i]!;
  const sigma2 = (trace - values.reduce((a, b) => a + b, 0)) / (width - q);
  if (count < width) throw new Error(`fitPpca: ${count} rows do not determine ${width} directions`);
  return { mean, variances: values, directions: vectors, sigma2 };
}

/** Mean of `log p(x)` over rows, in nats. */
export function meanLogLikelihood(rows: Float32Array, { mean, variances, directions, sigma2 }: Ppca): number {
  const width = mean.length;
  const logDet = variances.reduce((sum, v) => sum + Math.log(v), 0) + (width - variances.length) * Math.log(sigma2);
  let quadratic = 0;
  for (let start = 0; start < rows.length; start += width) {
    const centred = mean.map((m, i) => rows[start + i]! - m);
    const squares = directions.map(u => dot(u, centred) ** 2);
    const within = squares.reduce((sum, s, k) => sum + s / variances[k]!, 0);
    quadratic += within + (dot(centred, centred) - squares.reduce((a, b) => a + b, 0)) / sigma2;
  }
  return -0.5 * (width * Math.log(2 * Math.PI) + logDet + quadratic / (rows.length / width));
}

function columnMeans(rows: Float32Array, width: number): Float64Array {
  const mean = new Float64Array(width);
  for (let i = 0; i < rows.length; i++) mean[i % width]! += rows[i]!;
  return mean.map(sum => sum / (rows.length / width));
}

function covarianceOf(rows: Float32Array, width: number, mean: Float64Array): Float64Array {
  const sums = new Float64Array(width * width);
  const centred = new Float64Array(width);
  for (let start = 0; start < rows.length; start += width) {
    for (let i = 0; i < width; i++) centred[i] = rows[start + i]! - mean[i]!;
    for (let i = 0; i < width; i++) {
      const c = centred[i]!;
      // Most pixels of most digits are at their mean of 0.
      if (c !== 0) for (let j = 0; j <= i; j++) sums[i * width + j]! += c * centred[j]!;
    }
  }
  const scale = width / rows.length;
  for (let i = 0; i < width; i++) {
    for (let j = 0; j <= i; j++) sums[j * width + i] = sums[i * width + j]! *= scale;
  }
  return sums;
}

/** Orthogonal iteration on a few more directions than are wanted, which makes it converge fast. */
function topEigenpairs(matrix: Float64Array, width: number, q: number) {
  const extra = Math.min(width, 2 * q + 20);
  const noise = new Rng(0).normal([extra, width]);
  const start = noise.dataSync();
  noise.dispose();
  let basis = orthonormal(
    Array.from({ length: extra }, (_, k) => Float64Array.from(start.subarray(k * width, (k + 1) * width))),
  );
  for (let i = 0; i < 100; i++) basis = orthonormal(basis.map(v => multiply(matrix, v)));
  const pairs = basis.map(vector => ({ vector, value: dot(vector, multiply(matrix, vector)) }));
  const top = pairs.sort((a, b) => b.value - a.value).slice(0, q);
  return { values: top.map(p => p.value), vectors: top.map(p => p.vector) };
}

function orthonormal(vectors: Float64Array[]): Float64Array[] {
  const done: Float64Array[] = [];
  for (const v of vectors) {
    for (const u of done) {
      const overlap = dot(u, v);
      for (let i = 0; i < v.length; i++) v[i]! -= overlap * u[i]!;
    }
    const norm = Math.sqrt(dot(v, v));
    done.push(v.map(value => value / norm));
  }
  return done;
}

function multiply(matrix: Float64Array, v: Float64Array): Float64Array {
  return v.map((_, i) => dot(matrix.subarray(i * v.length, (i + 1) * v.length), v));
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
