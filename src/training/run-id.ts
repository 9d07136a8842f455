import type { Progress } from './progress';

/** The id of a new run: 64 random bits, which have nothing to do with its seed. */
export function newRunId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('');
}

/** The id of a saved run. Earlier releases wrote none: their runs can only be told apart by the seed. */
export function runIdOf({ run, history }: Progress): string {
  return run ?? `of seed ${history.seed}`;
}
