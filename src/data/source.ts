import type { Fields, RowReader } from './row-reader';
import type { ArrayData } from './training-data';

/** Data in one of three forms: rows in memory, rows that are read when they are due, or a stream of batches. */
export type Source = (
  | { kind: 'rows'; size: number; fields: Fields }
  | { kind: 'reader'; size: number; reader: RowReader }
  | { kind: 'stream'; open(signal: AbortSignal): AsyncIterator<ArrayData> | Iterator<ArrayData> }
) & {
  /** The mean of the weights, where they are known as a whole. */
  meanWeight?: number | undefined;
  /** How `fit` mixes its blocks, where it does: see `epochOrder`. */
  mixing?: string | undefined;
};

/** The number of examples; known for data that can be read in any order. */
export function sizeOf(source: Source): number | undefined {
  return source.kind === 'stream' ? undefined : source.size;
}
