/** Numbers by name, as callbacks get them. */
export type Logs = Record<string, number>;

/** The numbers of the epochs by key; these two are always there. */
export type Series = {
  /** What was minimised. */
  loss: number[];
  /** The negative log-likelihood. */
  reconstruction: number[];
} & Record<string, number[]>;

/** One number per epoch and key, in the shape of tfjs's `History`. */
export type History = {
  /** The epochs, from 0. */
  epoch: number[];
  /** `loss`, `elbo`, `reconstruction`, `kl`, schedules and metrics by name, and the same of the validation as `val_…`. */
  history: Series;
  /** The seed of the run, drawn where none was given. */
  seed: number;
};

/** Adds the record of an epoch; a key that is new is filled up with NaN, so that all series have one length. */
export function recordEpoch(history: History, epoch: number, logs: Logs): void {
  const [before, now] = [new Map(Object.entries(history.history)), new Map(Object.entries(logs))];
  const absent = history.epoch.map(() => Number.NaN);
  const keys = [...new Set([...now.keys(), ...before.keys()])];
  history.epoch.push(epoch);
  // Made anew: written to by its name, a series called __proto__ would be the prototype.
  history.history = Object.fromEntries(
    keys.map(key => [key, [...(before.get(key) ?? absent), now.get(key) ?? Number.NaN]]),
  ) as Series;
}

/** Weighted sums of several series in float64, as plain data: `[Σ wᵢvᵢ, Σ wᵢ]` by key. */
export type Sums = Record<string, [total: number, weight: number]>;

/** A last, smaller batch counts by its weight. The keys are made anew, so that no name can reach a prototype. */
export function addToSums(sums: Sums, logs: Logs, weight: number): Sums {
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
