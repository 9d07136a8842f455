import { describe, expect, test } from 'vitest';
import { type Blocks, blockOrder } from '../../src/random/block-order';
import { LARGEST_PERMUTATION } from '../../src/random/largest-permutation';
import { Rng } from '../../src/random/rng';

const SIZE = 1000;
/** Blocks of 1 to 97 rows. */
const uneven = [0, 1, 40, 137, 138, 200, 290, 350, 440, 441, 537, 600, 690, 777, 800, 860, 950];
const order = (blocks: Partial<Blocks> = {}, seed = 1) =>
  blockOrder(new Rng(seed), { size: SIZE, blocks: uneven, window: 4, ...blocks });
const all = (blocks: Partial<Blocks> = {}, seed = 1) => order(blocks, seed).subarray(0, blocks.size ?? SIZE);
const blockOf = (row: number) => uneven.filter(start => start <= row).length - 1;

describe('blockOrder', () => {
  test.each([1, 2, 3, 4, 7, 17, 100])('with a window of %i, every row comes exactly once', window => {
    expect(all({ window }).sort()).toEqual(Uint32Array.from({ length: SIZE }, (_, i) => i));
  });

  test('rows of one window come from its blocks alone, and are mixed', () => {
    const rows = all();
    const permuted = [...new Rng(1).fork('blocks').permutation(uneven.length)];
    let place = 0;
    for (let i = 0; i < permuted.length; i += 4) {
      const own = permuted.slice(i, i + 4);
      const size = own.reduce((sum, block) => sum + (uneven[block + 1] ?? SIZE) - uneven[block]!, 0);
      const blocks = Array.from(rows.subarray(place, place + size), blockOf);
      expect(new Set(blocks)).toEqual(new Set(own));
      const switches = blocks.filter((block, j) => j > 0 && block !== blocks[j - 1]).length;
      // Blocks that came one after the other would switch once less than there are blocks.
      if (own.length > 1) expect(switches).toBeGreaterThan(10);
      place += size;
    }
    expect(place).toBe(SIZE);
  });

  test('any part is that part of the whole, forwards and backwards, across windows', () => {
    const whole = all();
    const parts = order();
    for (const size of [1, 7, 64, 300, 1000]) {
      const starts = Array.from({ length: Math.ceil(SIZE / size) }, (_, i) => i * size);
      for (const first of [...starts, ...starts.reverse()]) {
        const last = Math.min(first + size, SIZE);
        expect([...parts.subarray(first, last)]).toEqual([...whole.subarray(first, last)]);
      }
    }
    expect(parts.subarray(0, 0).length).toBe(0);
    expect(parts.subarray(SIZE, SIZE).length).toBe(0);
  });

  test('the seed, the window and the blocks decide; the same give the same', () => {
    const text = (...given: Parameters<typeof all>) => String(all(...given));
    expect(text()).toBe(text());
    const others = [text({}, 2), text({ window: 3 }), text({ blocks: uneven.slice(0, -1) }), text({ window: 17 })];
    expect(new Set([text(), ...others]).size).toBe(5);
  });

  test('each block is as likely to come first as any other, and each row of a window too, by χ²', () => {
    const trials = 4000;
    const blocks = [0, 3, 6, 9];
    const counts = new Float64Array(12);
    for (let seed = 0; seed < trials; seed++) counts[all({ size: 12, blocks, window: 2 }, seed)[0]!]!++;
    const chi2 = counts.reduce((sum, n) => sum + (n - trials / 12) ** 2 / (trials / 12), 0);
    // The 99.9 % point of χ² with 11 degrees of freedom.
    expect(chi2).toBeLessThan(31.26);
  });

  test('2³² rows take the memory of a window, and none where a window itself is too large', () => {
    const size = 2 ** 32;
    const blocks = Array.from({ length: 2 ** 12 }, (_, i) => i * 2 ** 20);
    for (const [window, first] of [
      [4, size - 1000],
      [2 ** 10, size / 2],
    ] as const) {
      const before = process.memoryUsage().rss;
      const rows = blockOrder(new Rng(3), { size, blocks, window }).subarray(first, first + 1000);
      expect(process.memoryUsage().rss - before).toBeLessThan(160 * 2 ** 20);
      expect(new Set(rows).size).toBe(1000);
      const touched = new Set(Array.from(rows, row => row >>> 20)).size;
      if (window === 4) expect(touched).toBe(4);
      else expect(touched).toBeGreaterThan(500);
      expect(window * 2 ** 20 > LARGEST_PERMUTATION).toBe(window !== 4);
    }
  });
});
