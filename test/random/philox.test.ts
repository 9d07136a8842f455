import { expect, test } from 'vitest';
import { philox } from '../../src/random/philox';

const ONES = 0xffffffff;

/** Known answers of Random123 1.14 (tests/kat_vectors, philox4x32 10): counter, key, words. */
const KNOWN: [number[], number[], number[]][] = [
  [
    [0, 0, 0, 0],
    [0, 0],
    [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
  ],
  [
    [ONES, ONES, ONES, ONES],
    [ONES, ONES],
    [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  ],
  [
    [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    [0xa4093822, 0x299f31d0],
    [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  ],
];

function block(counter: readonly number[], key: readonly number[], offset = 0): Uint32Array {
  const [c0, c1, c2, c3] = counter;
  const words = new Uint32Array(offset + 4);
  philox(c0!, c1!, c2!, c3!, key[0]!, key[1]!, words, offset);
  return words;
}

test.each(KNOWN)('Philox4x32-10 of counter %j and key %j', (counter, key, expected) => {
  expect([...block(counter, key)]).toEqual(expected);
});

test('writes four words at the offset, and none elsewhere', () => {
  const words = block([0, 0, 0, 0], [0, 0], 3);
  expect([...words]).toEqual([0, 0, 0, ...KNOWN[0]![2]]);
});

test('takes signed and unsigned words alike', () => {
  expect(block([-1, -1, -1, -1], [-1, -1])).toEqual(block([ONES, ONES, ONES, ONES], [ONES, ONES]));
});

/** The paper's definition with BigInt arithmetic. */
function reference(counter: readonly number[], key: readonly number[]): number[] {
  const low = (v: bigint) => v & 0xffffffffn;
  let [c0, c1, c2, c3] = counter.map(BigInt) as [bigint, bigint, bigint, bigint];
  let [k0, k1] = key.map(BigInt) as [bigint, bigint];
  for (let round = 0; round < 10; round++) {
    const a = 0xd2511f53n * c0;
    const b = 0xcd9e8d57n * c2;
    [c0, c1, c2, c3] = [(b >> 32n) ^ c1 ^ k0, low(b), (a >> 32n) ^ c3 ^ k1, low(a)];
    k0 = low(k0 + 0x9e3779b9n);
    k1 = low(k1 + 0xbb67ae85n);
  }
  return [c0, c1, c2, c3].map(Number);
}

test('agrees with exact integer arithmetic on 500 counters and keys', () => {
  let state = 1;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state;
  };
  for (let i = 0; i < 500; i++) {
    const counter = [next(), next(), next(), next()];
    const key = [next(), next()];
    expect([...block(counter, key)]).toEqual(reference(counter, key));
  }
});
