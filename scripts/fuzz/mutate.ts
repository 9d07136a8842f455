import type { Random } from './random';

type Mutation = (bytes: Uint8Array, random: Random, other: Uint8Array) => Uint8Array;

const BYTES = [0, 1, 0x7f, 0x80, 0xff, 0x22, 0x5b, 0x5d, 0x7b, 0x7d, 0x2c, 0x5c];
const NUMBERS = ['0', '1', '-1', '4', '8', '2147483648', '4294967296', '9007199254740993', '1e3', '1.5', '01', '1e999'];
const WORDS = [
  '__proto__',
  'constructor',
  '__metadata__',
  'dtype',
  'F64',
  'BOOL',
  'U8',
  '\\u0000',
  '[[[[',
  '{}',
  'null',
];

const mutations: Mutation[] = [
  function flipBit(bytes, random) {
    if (bytes.length > 0) bytes[random(bytes.length)]! ^= 1 << random(8);
    return bytes;
  },
  function setByte(bytes, random) {
    if (bytes.length > 0) bytes[random(bytes.length)] = BYTES[random(BYTES.length)]!;
    return bytes;
  },
  function truncate(bytes, random) {
    return bytes.subarray(0, random(bytes.length + 1));
  },
  function insert(bytes, random) {
    const fresh = Uint8Array.from({ length: 1 + random(8) }, () => random(256));
    return replace(bytes, random(bytes.length + 1), 0, fresh);
  },
  function remove(bytes, random) {
    return replace(bytes, random(bytes.length + 1), 1 + random(8), new Uint8Array(0));
  },
  function repeat(bytes, random) {
    const start = random(bytes.length + 1);
    return replace(bytes, start, 0, bytes.slice(start, start + 1 + random(64)));
  },
  function splice(bytes, random, other) {
    const [at, from] = [random(bytes.length + 1), random(other.length + 1)];
    return replace(bytes, at, random(2) * bytes.length, other.subarray(from));
  },
  /** The first bytes of all our formats are magic numbers, sizes and lengths. */
  function editHeader(bytes, random) {
    const at = random(Math.min(16, bytes.length) || 1);
    return replace(bytes, at, 1, Uint8Array.of(random(2) ? random(256) : BYTES[random(BYTES.length)]!));
  },
  function nudgeHeader(bytes, random) {
    if (bytes.length >= 8) bytes[random(8)]! += random(2) ? 1 : -1;
    return bytes;
  },
  function editNumber(bytes, random) {
    return replaceMatch(bytes, random, /[0-9]+/g, NUMBERS[random(NUMBERS.length)]!);
  },
  function nudgeNumber(bytes, random) {
    const step = random(9) - 4;
    return replaceMatch(bytes, random, /[0-9]+/g, digits => String(Number(digits) + step));
  },
  function editWord(bytes, random) {
    return replaceMatch(bytes, random, /[A-Za-z_][A-Za-z_0-9]*/g, WORDS[random(WORDS.length)]!);
  },
];

/** A copy of `seed` with one to four changes; `other` is what parts are taken from. */
export function mutate(seed: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  let bytes: Uint8Array = seed.slice();
  for (let left = 1 + random(4); left > 0; left--) bytes = mutations[random(mutations.length)]!(bytes, random, other);
  return bytes.slice();
}

function replace(bytes: Uint8Array, at: number, removed: number, inserted: Uint8Array): Uint8Array {
  const tail = bytes.subarray(Math.min(bytes.length, at + removed));
  const result = new Uint8Array(at + inserted.length + tail.length);
  result.set(bytes.subarray(0, at));
  result.set(inserted, at);
  result.set(tail, at + inserted.length);
  return result;
}

/** Puts text in the place of one of the matches; bytes stand for characters one to one. */
function replaceMatch(bytes: Uint8Array, random: Random, what: RegExp, by: string | ((old: string) => string)) {
  const matches = [...latin1(bytes).matchAll(what)];
  if (matches.length === 0) return bytes;
  const { index, 0: old } = matches[random(matches.length)]!;
  const text = typeof by === 'string' ? by : by(old);
  return replace(
    bytes,
    index,
    old.length,
    Uint8Array.from(text, symbol => symbol.charCodeAt(0)),
  );
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}
