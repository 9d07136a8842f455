/** A joint Gaussian of several columns. */
export type Gaussian = { mean: readonly number[]; covariance: readonly (readonly number[])[] };

/** What is known of a row of which some numbers are NaN: log p of the others, and the conditional mean of all. */
export function given({ mean, covariance }: Gaussian, row: readonly number[]): { logProb: number; mean: number[] } {
  const seen = [...row.keys()].filter(i => !Number.isNaN(row[i]!));
  const lower = cholesky(seen.map(i => seen.map(j => covariance[i]![j]!)));
  const whitened = forward(
    lower,
    seen.map(i => row[i]! - mean[i]!),
  );
  const weights = backward(lower, whitened);
  const logDeterminant = lower.reduce((sum, line, i) => sum + 2 * Math.log(line[i]!), 0);
  const distance = whitened.reduce((sum, v) => sum + v * v, 0);
  return {
    logProb: -0.5 * (distance + logDeterminant + seen.length * Math.log(2 * Math.PI)),
    mean: row.map((value, i) =>
      Number.isNaN(value) ? mean[i]! + seen.reduce((sum, j, k) => sum + covariance[i]![j]! * weights[k]!, 0) : value,
    ),
  };
}

/** L with L·Lᵀ = a. */
function cholesky(a: readonly (readonly number[])[]): number[][] {
  const lower = a.map(line => line.map(() => 0));
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j <= i; j++) {
      let rest = a[i]![j]!;
      for (let k = 0; k < j; k++) rest -= lower[i]![k]! * lower[j]![k]!;
      lower[i]![j] = i === j ? Math.sqrt(rest) : rest / lower[j]![j]!;
    }
  }
  return lower;
}

/** y with L·y = b. */
function forward(lower: readonly (readonly number[])[], b: readonly number[]): number[] {
  const y: number[] = [];
  lower.forEach((line, i) => {
    y.push((b[i]! - y.reduce((sum, v, k) => sum + line[k]! * v, 0)) / line[i]!);
  });
  return y;
}

/** y with Lᵀ·y = b. */
function backward(lower: readonly (readonly number[])[], b: readonly number[]): number[] {
  const y = b.map(() => 0);
  for (let i = lower.length - 1; i >= 0; i--) {
    let rest = b[i]!;
    for (let k = i + 1; k < lower.length; k++) rest -= lower[k]![i]! * y[k]!;
    y[i] = rest / lower[i]![i]!;
  }
  return y;
}
