// log p(x) of counts under a decoder that is linear in z ∈ ℝ², in float64.

/** `Wᵀz + b`: `weights` holds the two rows of W one after the other. */
type Linear = { weights: readonly number[]; bias: readonly number[] };

/** Negative binomials, with zeros that are no counts where there are `zeroLogits`. */
export type CountModel = { logMean: Linear; logDispersion: readonly number[]; zeroLogits?: Linear };

/** The trapezoidal rule, whose error falls exponentially: posteriors here are wider than 0.1. */
const [REACH, STEP] = [5.5, 0.1];

/** Mean of `log p(x)` over rows of counts, in nats. */
export function meanLogP(counts: Float32Array, model: CountModel): number {
  const width = model.logDispersion.length;
  const tables = tablesOf(model);
  const orders = orderTable(counts, model.logDispersion);
  const terms = new Float64Array(tables.length);
  let sum = 0;
  for (let start = 0; start < counts.length; start += width) {
    let largest = -Infinity;
    for (const [k, { logWeight, atZero, base, slope }] of tables.entries()) {
      let term = logWeight;
      for (let j = 0; j < width; j++) {
        const x = counts[start + j]!;
        term += x === 0 ? atZero[j]! : base[j]! + x * slope[j]!;
      }
      terms[k] = term;
      if (term > largest) largest = term;
    }
    let total = 0;
    for (const term of terms) total += Math.exp(term - largest);
    let order = 0;
    for (let j = 0; j < width; j++) order += orders[j]![counts[start + j]!]!;
    sum += largest + Math.log(total) + order;
  }
  return sum / (counts.length / width);
}

/** What log p(x | z) is made of at each point: `atZero`, and `base + x·slope` for more. */
function tablesOf({ logMean, logDispersion, zeroLogits }: CountModel) {
  const steps = Math.round((2 * REACH) / STEP) + 1;
  const axis = Array.from({ length: steps }, (_, i) => -REACH + i * STEP);
  return axis.flatMap(first =>
    axis.map(second => {
      const at = ({ weights, bias }: Linear) =>
        bias.map((b, j) => b + weights[j]! * first + weights[bias.length + j]! * second);
      const logM = at(logMean);
      const zeros = zeroLogits && at(zeroLogits);
      const logWeight = 2 * Math.log(STEP) - Math.log(2 * Math.PI) - 0.5 * (first ** 2 + second ** 2);
      const logW = logM.map((l, j) => Math.log(Math.exp(l) + Math.exp(logDispersion[j]!)));
      const none = logW.map((w, j) => Math.exp(logDispersion[j]!) * (logDispersion[j]! - w));
      const kept = zeros ? zeros.map(l => -Math.log1p(Math.exp(l))) : none.map(() => 0);
      return {
        logWeight,
        slope: Float64Array.from(logW, (w, j) => logM[j]! - w),
        base: Float64Array.from(none, (n, j) => n + kept[j]!),
        atZero: Float64Array.from(none, (n, j) => (zeros ? Math.log(Math.exp(zeros[j]!) + Math.exp(n)) + kept[j]! : n)),
      };
    }),
  );
}

/** `log(Γ(x + r) / (Γ(r)·x!))` by column and count: each from the one before it. */
function orderTable(counts: Float32Array, logDispersion: readonly number[]): Float64Array[] {
  const largest = counts.reduce((a, b) => Math.max(a, b), 0);
  return logDispersion.map(log => {
    const r = Math.exp(log);
    const orders = new Float64Array(largest + 1);
    for (let x = 1; x <= largest; x++) orders[x] = orders[x - 1]! + Math.log((x - 1 + r) / x);
    return orders;
  });
}
