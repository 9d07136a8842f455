/** The terms of several posterior samples of each example of a batch, added up on the host in float64. */
export class SampleSums {
  readonly #examples: number;
  readonly #reconstruction: Float64Array;
  readonly #kl: Float64Array;
  /** `log Σ w` of the samples so far. */
  readonly #logSum: Float64Array;
  #samples = 0;

  constructor(examples: number) {
    this.#examples = examples;
    this.#reconstruction = new Float64Array(examples);
    this.#kl = new Float64Array(examples);
    this.#logSum = new Float64Array(examples).fill(-Infinity);
  }

  /** @param values `[3, batch]` for one sample: `−log p(x | z)`, the KL, and the KL estimated from this sample. */
  add(values: ArrayLike<number>): void {
    const n = this.#examples;
    for (let i = 0; i < n; i++) {
      const nll = values[i]!;
      this.#reconstruction[i]! += nll;
      this.#kl[i]! += values[n + i]!;
      this.#logSum[i] = logAdd(this.#logSum[i]!, -nll - values[2 * n + i]!);
    }
    this.#samples++;
  }

  /** Means over the samples, and the importance-weighted bound. */
  result() {
    const reconstruction = this.#reconstruction.map(sum => sum / this.#samples);
    const kl = this.#kl.map(sum => sum / this.#samples);
    return {
      elbo: reconstruction.map((nll, i) => -(nll + kl[i]!)),
      reconstruction,
      kl,
      bound: this.#logSum.map(sum => sum - Math.log(this.#samples)),
    };
  }
}

/** `log(eᵃ + eᵇ)`. */
function logAdd(a: number, b: number): number {
  const [low, high] = a < b ? [a, b] : [b, a];
  // Where both weights are 0, the difference of two infinities would be NaN. NaN itself comes through.
  return low === -Infinity || high === Infinity ? high : high + Math.log1p(Math.exp(low - high));
}
