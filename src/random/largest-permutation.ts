/**
 * Up to so many rows `Rng.permutation` makes their order. Above, the array and the numbers to draw it would take more
 * than half a gigabyte, and `keyedOrder` computes it place by place.
 */
export const LARGEST_PERMUTATION = 2 ** 26;
