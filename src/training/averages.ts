import type { Logs } from './history';

/** Weighted sums of several series in float64, as plain data: `[Σ wᵢvᵢ, Σ wᵢ]` by key. */
export type Sums = Record<string, [total: number, weight: number]>;

/** A last, smaller batch counts by its weight. The keys are made anew, so that no name can reach a prototype. */
export function added(sums: Sums, logs: Logs, weight: number): Sums {
  const byKey = new Map(Object.entries(sums));
  for (const [key, value] of Object.entries(logs)) {
    const [total, before] = byKey.get(key) ?? [0, 0];
    byKey.set(key, [total + value * weight, before + weight]);
  }
  return Object.fromEntries(byKey);
}

/** @throws When batches were seen, and no example of them counts. */
export function checkWeight(owner: string, { loss }: Sums): void {
  if (loss?.[1] === 0) throw new Error(`${owner}: weights are all 0; no example counts`);
}

export function meansOf(sums: Sums): Logs {
  return Object.fromEntries(Object.entries(sums).map(([key, [total, weight]]) => [key, total / weight]));
}
