import { largeOrder } from './keyed-order';
import type { Rng } from './rng';

/** Rows in blocks that lie one after the other. */
export type Blocks = {
  /** Number of rows. */
  size: number;
  /** The first row of each block, ascending from 0. */
  blocks: readonly number[];
  /** How many blocks are mixed at a time. */
  window: number;
};

type Order = { subarray(first: number, last: number): Uint32Array };

/**
 * A seeded order of 0 … size − 1 that stays within a few blocks at a time: the blocks come in a permutation, cut into
 * windows, and the rows of each window are permuted. Every row comes exactly once, and only the window at hand is in
 * memory.
 *
 * @returns A function that gives the places from `first` up to `last` of the order, as an array's `subarray` does.
 */
export function blockOrder(rng: Rng, { size, blocks, window }: Blocks): Order {
  const order = rng.fork('blocks').permutation(blocks.length);
  const lengthOf = (block: number) => (blocks[block + 1] ?? size) - blocks[block]!;
  const windows = Array.from({ length: Math.ceil(blocks.length / window) }, (_, i) =>
    order.subarray(i * window, (i + 1) * window),
  );
  const starts = sums(windows.map(some => some.reduce((sum, block) => sum + lengthOf(block), 0)));

  let at = -1;
  let open: Order;
  const openWindow = (index: number) => {
    if (index !== at) open = windowOrder(rng.fork('window').fork(index), windows[index]!, blocks, lengthOf);
    at = index;
    return open;
  };

  return {
    subarray(first, last) {
      const rows = new Uint32Array(last - first);
      let index = lastUpTo(starts, first);
      for (let place = first; place < last; index++) {
        const end = Math.min(last, starts[index + 1]!);
        rows.set(openWindow(index).subarray(place - starts[index]!, end - starts[index]!), place - first);
        place = end;
      }
      return rows;
    },
  };
}

/** The rows of one window, permuted. */
function windowOrder(
  rng: Rng,
  own: Uint32Array,
  blocks: readonly number[],
  lengthOf: (block: number) => number,
): Order {
  const starts = sums(Array.from(own, lengthOf));
  const size = starts.at(-1)!;
  const order = largeOrder(rng, size);
  return {
    subarray: (first, last) =>
      order.subarray(first, last).map(place => {
        const index = lastUpTo(starts, place);
        return blocks[own[index]!]! + place - starts[index]!;
      }),
  };
}

/** Where each of these begins when they lie one after the other, and where the last ends. */
function sums(lengths: readonly number[]): Float64Array {
  const starts = new Float64Array(lengths.length + 1);
  for (const [i, length] of lengths.entries()) starts[i + 1] = starts[i]! + length;
  return starts;
}

/** The index of the last of these ascending numbers that is not above a value. */
function lastUpTo(numbers: Float64Array, value: number): number {
  let [low, high] = [0, numbers.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (numbers[middle]! <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}
