import type { Group } from './group';

/**
 * From which to which place of a batch of so many rows a process goes: shares differ by one row at most, and process 0
 * has one where anybody has.
 */
export function shareOf(count: number, { rank, size }: Group): [first: number, last: number] {
  return [Math.ceil((count * rank) / size), Math.ceil((count * (rank + 1)) / size)];
}

/** Places from `first` up to `last`. */
export function places(first: number, last: number): Uint32Array {
  return Uint32Array.from({ length: last - first }, (_, i) => first + i);
}
