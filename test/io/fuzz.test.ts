import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fuzz } from '../../scripts/fuzz/run';
import type { FuzzLimits, FuzzTarget } from '../../scripts/fuzz/target';
import { targets } from '../../scripts/fuzz/targets';
import { FileFormatError } from '../../src/data/file-format-error';

// The long run with limits of time is `tsx scripts/fuzz.ts`.
const limits: FuzzLimits = { ms: Number.POSITIVE_INFINITY, times: 32, slack: 2 ** 23 };

describe.each(targets)('$name', target => {
  test('reads mutated files right or refuses them with a FileFormatError', async () => {
    const { failures, read, refused } = await fuzz(target, { count: 1500, seed: 7, limits });
    expect(failures).toEqual([]);
    expect(read).toBeGreaterThan(20);
    expect(refused).toBeGreaterThan(20);
  });

  test('reads every seed', async () => {
    for (const seed of target.seeds) {
      try {
        (await target.read(seed))();
      } catch (error) {
        expect((error as Error).message).toMatch(/beyond int32/); // the seed that is there for it
      }
    }
  });
});

describe('the fuzzer notices a reader that', () => {
  const result = (read: FuzzTarget['read']) => {
    const target = { name: 'bad', seeds: [Uint8Array.of(1, 2, 3)], generated: fc.uint8Array(), heavy: {}, read };
    return fuzz(target, { count: 20, seed: 1, limits });
  };

  test.each<[string, FuzzTarget['read'], RegExp]>([
    ['throws another error', () => Uint8Array.of()[0]!.toString as never as () => void, /refused with TypeError/],
    ['rejects with another error', () => Promise.reject(new RangeError('deep')), /refused with RangeError: deep/],
    [
      'reads wrongly',
      () => () => {
        throw new Error('3 is not 4');
      },
      /read wrongly: 3 is not 4/,
    ],
    [
      'allocates beyond measure',
      () => {
        const much = new Float32Array(2 ** 22);
        return () => much.length;
      },
      /1[67]\d{6} bytes for a file of/, // the array, and what the process allocates beside it
    ],
  ])('%s', async (_what, read, message) => {
    const { failures } = await result(read);
    expect(failures.length).toBeGreaterThan(10); // garbage collection hides an allocation now and then
    expect(failures[0]!.what).toMatch(message);
  });

  test('writes into its input or into a prototype', async () => {
    const written = await result(bytes => {
      if (bytes.length > 0) bytes[0]! ^= 1;
      return () => {};
    });
    expect(written.failures[0]!.what).toBe('the reader wrote into its input');
    const polluted = await result(() => {
      Object.assign(Object.prototype, { polluted: true });
      return () => {
        Reflect.deleteProperty(Object.prototype, 'polluted');
      };
    });
    Reflect.deleteProperty(Object.prototype, 'polluted');
    expect(polluted.failures[0]!.what).toBe('a prototype has other properties than before');
  });

  test('refuses rightly', async () => {
    const refusing = await result(() => {
      throw new FileFormatError('no');
    });
    expect(refusing).toMatchObject({ read: 0, refused: 20, failures: [] });
  });
});
