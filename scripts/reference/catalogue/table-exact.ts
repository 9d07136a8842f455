// The exact log-likelihood of a table with two latent variables, by quadrature in float64.

export type Kind = 'counts' | 'real' | 'positive' | 'binary' | 'category';

/** A column whose natural parameters are a function of z: log-rate, mean, mean of log x, logit, logits. */
export type Column = {
  kind: Kind;
  /** Of real and positive columns. */
  sigma: number;
  at(z: readonly [number, number]): number[];
};

const [REACH, POINTS] = [6, 73];

/** Points of the plane and the logarithms of their weights under N(0, I): the trapezoidal rule on ±6. */
export function quadratureGrid(): { z: readonly [number, number]; logWeight: number }[] {
  const step = (2 * REACH) / (POINTS - 1);
  const axis = Array.from({ length: POINTS }, (_, i) => i * step - REACH);
  return axis.flatMap(u =>
    axis.map(v => ({
      z: [u, v] as const,
      logWeight: 2 * Math.log(step) - Math.log(2 * Math.PI) - 0.5 * (u * u + v * v),
    })),
  );
}

/** The mean over the rows of log p(x), nats; NaN is a missing entry. */
export function marginalLogP(table: Float32Array, columns: readonly Column[]): number {
  const grid = quadratureGrid();
  const natural = columns.map(column => grid.map(({ z }) => column.at(z)));
  const logMass = columns.map((column, c) => densityOf(column, natural[c]!));
  const rows = table.length / columns.length;
  const terms = new Float64Array(grid.length);
  let total = 0;
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < grid.length; i++) terms[i] = grid[i]!.logWeight;
    columns.forEach((_, c) => {
      const x = table[row * columns.length + c]!;
      if (!Number.isNaN(x)) logMass[c]!(x, terms);
    });
    const largest = terms.reduce((a, b) => Math.max(a, b), -Infinity);
    total += largest + Math.log(terms.reduce((sum, t) => sum + Math.exp(t - largest), 0));
  }
  return total / rows;
}

/** Adds the log-density of a value at each point to the terms. */
function densityOf({ kind, sigma }: Column, natural: readonly number[][]): (x: number, terms: Float64Array) => void {
  const first = Float64Array.from(natural, eta => eta[0]!);
  if (kind === 'counts') {
    const rates = first.map(Math.exp);
    return (x, terms) => {
      const logFactorial = Array.from({ length: x }, (_, k) => Math.log(k + 1)).reduce((a, b) => a + b, 0);
      for (let i = 0; i < terms.length; i++) terms[i]! += x * first[i]! - rates[i]! - logFactorial;
    };
  }
  if (kind === 'binary') {
    const normaliser = first.map(l => Math.max(l, 0) + Math.log1p(Math.exp(-Math.abs(l))));
    return (x, terms) => {
      for (let i = 0; i < terms.length; i++) terms[i]! += x * first[i]! - normaliser[i]!;
    };
  }
  if (kind === 'category') {
    const normaliser = Float64Array.from(natural, eta => Math.log(eta.reduce((sum, l) => sum + Math.exp(l), 0)));
    return (x, terms) => {
      for (let i = 0; i < terms.length; i++) terms[i]! += natural[i]![x]! - normaliser[i]!;
    };
  }
  const constant = Math.log(sigma) + 0.5 * Math.log(2 * Math.PI);
  return (x, terms) => {
    const [value, jacobian] = kind === 'positive' ? [Math.log(x), Math.log(x)] : [x, 0];
    for (let i = 0; i < terms.length; i++) {
      const error = (value - first[i]!) / sigma;
      terms[i]! -= 0.5 * error * error + constant + jacobian;
    }
  };
}
