import { bestName } from '../../src/io/checkpoint-file';
import { seededRandom } from '../fuzz/random';
import type { Findings } from './inspect';
import type { Outcome } from './subject';

/** How a life of a training process ended: killed, or by its own end with an outcome. */
export type Life = { killed: string } | { outcome: Outcome };

/** A place where runs are made and killed. */
export type Place = {
  name: string;
  /** The outcome of a run that nobody kills, which saves nothing. */
  unbroken(seed: number, backend: string): Promise<Outcome>;
  /** Starts or goes on with the run of a seed. Killed at a moment that `random` chooses; lives to its end without. */
  live(seed: number, backend: string, random: Random | undefined): Promise<Life>;
  /** What lies there now; fresh after a kill, when older checkpoints may not have been removed yet. */
  inspect(seed: number, fresh: boolean): Promise<Findings>;
  /** Removes what the run left. */
  forget(seed: number): Promise<void>;
};

export type Random = ReturnType<typeof seededRandom>;

/** What came of one run. */
export type RunReport = {
  place: string;
  backend: string;
  seed: number;
  /** Kills by their kind. */
  kills: Record<string, number>;
  same: boolean;
  outcome: Outcome;
  unreadable: string[];
  leftBehind: string[];
};

/** Kills a run up to `most` times, lets it go on after each, and compares its end with the unbroken run. */
export async function killedRun(
  place: Place,
  { seed, backend, most }: { seed: number; backend: string; most: number },
): Promise<RunReport> {
  const random = seededRandom(seed);
  const expected = await place.unbroken(seed, backend);
  const kills: Record<string, number> = {};
  const unreadable: string[] = [];
  for (let killed = 0; ; killed++) {
    const life = await place.live(seed, backend, killed < most ? random : undefined);
    const found = await place.inspect(seed, 'killed' in life);
    unreadable.push(...found.unreadable);
    if ('killed' in life) {
      kills[life.killed] = (kills[life.killed] ?? 0) + 1;
      continue;
    }
    const { outcome } = life;
    const same = JSON.stringify(outcome) === JSON.stringify(expected) && found.best.join() === bestName(expected.best);
    await place.forget(seed);
    return { place: place.name, backend, seed, kills, same, outcome, unreadable, leftBehind: found.leftBehind };
  }
}

export function countOf({ kills }: RunReport): number {
  return Object.values(kills).reduce((a, b) => a + b, 0);
}
