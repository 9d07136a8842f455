import { LARGEST_PERMUTATION } from './largest-permutation';
import { philox } from './philox';
import type { Rng } from './rng';

/**
 * Rounds of the Feistel network: four give a strong pseudorandom permutation (Luby & Rackoff 1988); small halves need
 * more.
 */
const ROUNDS = 6;

/**
 * A seeded order of 0 … size − 1 that is computed where it is read, so that it takes no memory: for so many rows that
 * the array of `Rng.permutation` would be too large. It gives another order than that.
 *
 * A Feistel network with Philox as its round function permutes the next power of four, and what falls outside is
 * permuted again (Black & Rogaway 2002, "Ciphers with arbitrary finite domains", method 2).
 *
 * @param size At most 2³².
 * @returns A function that gives the places from `first` up to `last` of the order, as an array's `subarray` does.
 */
export function keyedOrder(rng: Rng, size: number): { subarray(first: number, last: number): Uint32Array } {
  const half = Math.max(1, Math.ceil(Math.log2(size) / 2));
  const mask = 2 ** half - 1;
  const [key0, key1] = rng.fork('order').state().key;
  const words = new Uint32Array(4);
  const once = (place: number) => {
    let left = place >>> half;
    let right = place & mask;
    for (let round = 0; round < ROUNDS; round++) {
      philox(right, round, 0, 0, key0, key1, words, 0);
      [left, right] = [right, left ^ (words[0]! & mask)];
    }
    return (left * 2 ** half + right) >>> 0;
  };
  const rowAt = (place: number) => {
    let row = once(place);
    while (row >= size) row = once(row);
    return row;
  };
  return { subarray: (first, last) => Uint32Array.from({ length: last - first }, (_, i) => rowAt(first + i)) };
}

/** A seeded order of 0 … size − 1: an array, or computed where that would be too large. */
export function largeOrder(rng: Rng, size: number): ReturnType<typeof keyedOrder> {
  return size <= LARGEST_PERMUTATION ? rng.permutation(size) : keyedOrder(rng, size);
}
