/** Where training stands within an epoch. Times are milliseconds of one clock. */
export type EpochProgress = {
  epoch: number;
  epochs: number | undefined;
  step: number;
  steps: number | undefined;
  /** Examples seen in this epoch; 0 where no batch told its size. */
  examples: number;
  startedAt: number;
  /** The whole run so far. */
  run: { startedAt: number; steps: number };
  /** Sums of what the batches of this epoch reported, by key. */
  running: Map<string, { sum: number; weight: number }>;
};

type Logs = Readonly<Record<string, unknown>>;

/** `epoch  3/10`. */
export function epochLabel({ epoch, epochs }: EpochProgress): string {
  if (epochs === undefined) return `epoch ${epoch + 1}`;
  return `epoch ${String(epoch + 1).padStart(String(epochs).length)}/${epochs}`;
}

/**
 * Within an epoch: `117/469 · elbo -107.31 · 0:41 left · 5,012 examples/s`. Narrow terminals cut the end, so what
 * matters most comes first.
 */
export function runningText(progress: EpochProgress, now: number): string {
  const { step, steps, running } = progress;
  const key = running.has('elbo') ? 'elbo' : 'loss';
  const sum = running.get(key);
  return join([
    steps === undefined ? `${step}` : `${step}/${steps}`,
    sum && value(key, sum.sum / sum.weight),
    timeLeft(progress, now),
    rate(progress, now),
  ]);
}

/** At its end: `12.3 s · elbo -107.31 · val_elbo -108.20 · 5,012 examples/s`. */
export function finishedText(progress: EpochProgress, logs: Logs, now: number): string {
  const key = 'elbo' in logs ? 'elbo' : 'loss';
  return join([
    `${((now - progress.startedAt) / 1000).toFixed(1)} s`,
    value(key, logs[key]),
    value(`val_${key}`, logs[`val_${key}`]),
    rate(progress, now),
  ]);
}

function join(parts: (string | undefined)[]): string {
  return parts.filter(part => part !== undefined).join(' · ');
}

function value(key: string, number: unknown): string | undefined {
  return typeof number === 'number' ? `${key} ${number.toFixed(2)}` : undefined;
}

function rate({ examples, step, startedAt }: EpochProgress, now: number): string | undefined {
  if (step === 0 || now <= startedAt) return undefined;
  const perSecond = (1000 * (examples || step)) / (now - startedAt);
  const shown = perSecond < 10 ? perSecond.toFixed(1) : Math.round(perSecond).toLocaleString('en-US');
  return `${shown} ${examples ? 'examples' : 'steps'}/s`;
}

/** The time left of the whole run, at its pace so far; that of the epoch where the number of epochs is not known. */
function timeLeft({ epoch, epochs = epoch + 1, step, steps, run }: EpochProgress, now: number): string | undefined {
  if (steps === undefined || run.steps === 0) return undefined;
  const stepsLeft = Math.max(0, (epochs - epoch) * steps - step);
  const seconds = Math.ceil((stepsLeft * (now - run.startedAt)) / run.steps / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const tail = String(seconds % 60).padStart(2, '0');
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${tail} left` : `${minutes}:${tail} left`;
}
