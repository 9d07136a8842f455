/** Weights by path, as flat lists. */
export type Weights = Readonly<Record<string, readonly number[]>>;

/** A flow in float64 JavaScript: where one z goes. Its log-determinant is taken from finite differences. */
export type Twin = (z: readonly number[], weights: Weights, features: readonly number[]) => number[];

const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, v, i) => sum + v * b[i]!, 0);
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** `x·kernel + bias`, of the connections that are open. */
function dense(
  x: readonly number[],
  kernel: readonly number[],
  bias: readonly number[],
  isOpen = (_: number, __: number) => true,
) {
  return bias.map((b, j) => x.reduce((sum, v, i) => sum + (isOpen(i, j) ? v * kernel[i * bias.length + j]! : 0), b));
}

/** The layer of hidden units, with the features of the encoder where there are some. */
function hiddenUnits(
  x: readonly number[],
  own: (name: string) => readonly number[],
  features: readonly number[],
  isOpen?: (i: number, j: number) => boolean,
) {
  const seen = dense(x, own('hidden/kernel'), own('hidden/bias'), isOpen);
  const told = features.length > 0 ? dense(features, own('context/kernel'), seen) : seen;
  return told.map(Math.tanh);
}

/** Rezende & Mohamed 2015, equation 10 and appendix A.1. */
export const planarTwin: Twin = (z, _, features) => {
  const size = z.length;
  let x = [...z];
  for (let at = 0; at < features.length; at += 2 * size + 1) {
    const u = features.slice(at, at + size);
    const w = features.slice(at + size, at + 2 * size);
    const b = features[at + 2 * size]!;
    const product = dot(w, u);
    const shift = (Math.log(1 + Math.exp(product)) - 1 - product) / dot(w, w);
    const t = Math.tanh(dot(w, x) + b);
    x = x.map((v, i) => v + (u[i]! + shift * w[i]!) * t);
  }
  return x;
};

/** Kingma et al. 2016, equations 13 to 15, dimension by dimension: no mask, each network sees a prefix. */
export function iafTwin(steps: number): Twin {
  return (z, weights, features) => {
    const size = z.length;
    let x = [...z];
    for (let step = 0; step < steps; step++) {
      const own = (name: string) => weights[`${step}/${name}`]!;
      const place = (i: number) => (step % 2 === 1 ? size - i : i + 1);
      const degree = (j: number) => (j % Math.max(1, size - 1)) + 1;
      const units = hiddenUnits(x, own, features, (i, j) => place(i) <= degree(j));
      const outputs = dense(units, own('output/kernel'), own('output/bias'), (j, o) => degree(j) < place(o % size));
      x = x.map((v, i) => sigmoid(outputs[size + i]!) * v + (1 - sigmoid(outputs[size + i]!)) * outputs[i]!);
    }
    return x;
  };
}

/** Dinh et al. 2017, equations 4 and 5. */
export function couplingTwin(steps: number): Twin {
  return (z, weights, features) => {
    const first = Math.ceil(z.length / 2);
    let x = [...z];
    for (let step = 0; step < steps; step++) {
      const own = (name: string) => weights[`${step}/${name}`]!;
      const [head, tail] = [x.slice(0, first), x.slice(first)];
      const [stays, moves] = step % 2 === 0 ? [head, tail] : [tail, head];
      const outputs = dense(hiddenUnits(stays, own, features), own('output/kernel'), own('output/bias'));
      const moved = moves.map((v, i) => v * Math.exp(2 * Math.tanh(outputs[i]! / 2)) + outputs[moves.length + i]!);
      x = step % 2 === 0 ? [...head, ...moved] : [...moved, ...tail];
    }
    return x;
  };
}

/** `[i][j] = ∂f_i / ∂z_j` by central differences. */
export function jacobian(f: (z: readonly number[]) => number[], z: readonly number[]): number[][] {
  const step = 1e-5;
  const columns = z.map((v, j) => {
    const at = (value: number) => f(z.map((other, k) => (k === j ? value : other)));
    const [high, low] = [at(v + step), at(v - step)];
    return high.map((h, i) => (h - low[i]!) / (2 * step));
  });
  return z.map((_, i) => columns.map(column => column[i]!));
}

/** `log |det|` by elimination with pivots. */
export function logAbsDet(matrix: readonly (readonly number[])[]): number {
  const rows = matrix.map(row => [...row]);
  let total = 0;
  for (let k = 0; k < rows.length; k++) {
    const pivot = rows
      .slice(k)
      .reduce((best, row, i) => (Math.abs(row[k]!) > Math.abs(rows[best]![k]!) ? k + i : best), k);
    [rows[k], rows[pivot]] = [rows[pivot]!, rows[k]!];
    total += Math.log(Math.abs(rows[k]![k]!));
    for (const row of rows.slice(k + 1)) {
      const factor = row[k]! / rows[k]![k]!;
      for (let j = k; j < row.length; j++) row[j]! -= factor * rows[k]![j]!;
    }
  }
  return total;
}
