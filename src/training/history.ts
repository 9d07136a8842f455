/** Numbers by name, as callbacks get them. */
export type Logs = Record<string, number>;

/** One number per epoch and key, in the shape of tfjs's `History`. */
export type History = {
  /** The epochs, from 0. */
  epoch: number[];
  /** `loss`, `elbo`, `reconstruction`, `kl`, schedules and metrics by name, and the same of the validation as `val_…`. */
  history: Record<string, number[]>;
  /** The seed of the run, drawn where none was given. */
  seed: number;
};

/** Adds the record of an epoch; a key that is new is filled up with NaN, so that all series have one length. */
export function record(history: History, epoch: number, logs: Logs): void {
  const before = history.epoch.length;
  history.epoch.push(epoch);
  for (const [key, value] of Object.entries(logs)) {
    history.history[key] ??= Array<number>(before).fill(Number.NaN);
    history.history[key].push(value);
  }
  for (const series of Object.values(history.history)) {
    if (series.length < history.epoch.length) series.push(Number.NaN);
  }
}
