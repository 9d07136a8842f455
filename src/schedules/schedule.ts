/**
 * A weight as a pure function of the number of completed optimizer steps. The first step is taken at `schedule(0)`.
 *
 * Wherever the library takes a weight, it takes a number or a schedule.
 */
export type Schedule = {
  (step: number): number;
  /** Its kind and options, where it is one of this library; `saveRun` writes them. */
  readonly spec?: object;
};

/** A schedule that tells what it is. */
export function named(schedule: string, options: object, at: (step: number) => number): Schedule {
  return Object.assign(at, { spec: { schedule, ...options } });
}

/** The value of a weight that is given as a number or as a schedule. */
export function scheduled(weight: number | Schedule, step: number): number {
  return typeof weight === 'number' ? weight : weight(step);
}

/**
 * Checks a weight that a schedule gave.
 *
 * @throws When it is negative or not a finite number.
 */
export function checkWeight(what: string, weight: number, step?: number): number {
  if (Number.isFinite(weight) && weight >= 0) return weight;
  throw new Error(`${what} must be 0 or more, got ${weight}${step === undefined ? '' : ` at step ${step}`}`);
}

/** Share of the way from step 0 to step `steps`, in [0, 1] and exact at both ends; 0 steps means the end at once. */
export function progress(step: number, steps: number): number {
  if (step >= steps) return 1;
  return step <= 0 ? 0 : step / steps;
}

/** `from` at 0 and `to` at 1, both to the last bit. */
export function mix(from: number, to: number, share: number): number {
  if (share <= 0) return from;
  return share >= 1 ? to : from + (to - from) * share;
}

export function checkFinite(owner: string, values: Record<string, number>): void {
  for (const [name, value] of Object.entries(values)) {
    if (!Number.isFinite(value)) throw new Error(`${owner}: ${name} must be a finite number, got ${value}`);
  }
}

export function checkSteps(owner: string, name: string, steps: number): void {
  if (!Number.isFinite(steps) || steps < 0) {
    throw new Error(`${owner}: ${name} must be a number of optimizer steps, 0 or more, got ${steps}`);
  }
}
