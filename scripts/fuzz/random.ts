/** Whole numbers from 0 to below `end`. */
export type Random = (end: number) => number;

/** A small seeded generator (mulberry32, Tommy Ettinger 2017, public domain): its quality is enough to mutate bytes. */
export function seededRandom(seed: number): Random {
  let state = seed | 0;
  return end => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * end);
  };
}
