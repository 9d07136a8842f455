import type { Logs } from './history';

/** Weighted means of several series, summed in float64: a last, smaller batch counts for what it is. */
export class Averages {
  readonly #sums = new Map<string, { total: number; weight: number }>();

  add(logs: Logs, weight: number): void {
    for (const [key, value] of Object.entries(logs)) {
      const sum = this.#sums.get(key) ?? { total: 0, weight: 0 };
      sum.total += value * weight;
      sum.weight += weight;
      this.#sums.set(key, sum);
    }
  }

  means(): Logs {
    return Object.fromEntries([...this.#sums].map(([key, { total, weight }]) => [key, total / weight]));
  }
}
