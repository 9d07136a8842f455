import fc from 'fast-check';
import { readCheckpoint, writeCheckpoint } from '../../src/io/checkpoint-file';
import { crc32 } from '../../src/io/crc32';
import type { TensorRecord } from '../../src/io/dtypes';
import { readSafetensors } from '../../src/io/safetensors';
import { parseProgress } from '../../src/training/parse-progress';
import type { Progress } from '../../src/training/progress';
import type { FuzzTarget } from './target';

const PLACE = new TextEncoder().encode('"checksum":"');
const LAST = new TextEncoder().encode(']}}');
const DIGITS = 8;

const progress: Progress = {
  steps: 21,
  epoch: 3,
  batch: 2,
  sums: { loss: [12.5, 4], elbo: [Number.NEGATIVE_INFINITY, 4] },
  skipped: 1,
  size: 50,
  batchSize: 8,
  datasetSize: 50,
  history: {
    epoch: [0, 1, 2],
    history: { loss: [3, 2, Number.NaN], reconstruction: [2, 1, Number.NaN], val_elbo: [-3, -2, -1] },
    seed: 7,
  },
};
const callbacks = { checkpoint: { best: -1 }, ema: { count: 21 }, csvLog: { columns: ['epoch', 'a "b"'] } };
const tensors: Record<string, TensorRecord> = {
  'model/encoder/0/kernel': { dtype: 'float32', shape: [2, 3], values: Float32Array.of(1, -2, 3.5, 0, 1e-20, 6) },
  'optimizer/count': { dtype: 'int32', shape: [], values: Int32Array.of(21) },
  'callback/ema/encoder/0/kernel': { dtype: 'bool', shape: [2], values: Uint8Array.of(1, 0) },
};
const optimizers = { optimizer: 'Adam' };
const { size, batchSize, datasetSize, ...fewer } = progress;
const seeds = [
  writeCheckpoint({ progress, callbacks, optimizers, tensors }),
  writeCheckpoint({ progress: fewer, callbacks: {}, optimizers: {}, tensors: {} }),
];

const name = fc.oneof(fc.constantFrom('loss', '__proto__', 'constructor', 'toString', 'length'), fc.string());
const number = fc.oneof(fc.nat(9), fc.constantFrom(-1, 0.5, 2 ** 60, Number.NaN, Number.POSITIVE_INFINITY));
const plain = fc.oneof(fc.jsonValue(), number, fc.array(number), fc.dictionary(name, fc.array(number)));
/** Nearly right ones: a field or two are something else, and names are those of the prototype. */
const generated = fc
  .record({
    changed: fc.dictionary(fc.oneof(fc.constantFrom(...Object.keys(progress)), name), plain, { maxKeys: 2 }),
    sums: fc.dictionary(name, fc.array(number, { minLength: 2, maxLength: 2 }), { maxKeys: 3 }),
    series: fc.dictionary(name, fc.array(number, { minLength: 2, maxLength: 3 }), { maxKeys: 3 }),
    callbacks: fc.dictionary(name, plain, { maxKeys: 3 }),
    tensor: name,
  })
  .map(({ changed, sums, series, callbacks, tensor }) =>
    writeCheckpoint({
      progress: {
        ...progress,
        ...{ sums, history: { epoch: [0, 1], history: series, seed: 1 } },
        ...changed,
      },
      callbacks,
      optimizers,
      tensors: { [tensor === '__metadata__' ? '' : tensor]: tensors['optimizer/count']! },
    }),
  );

/** The header's length and the checksum are made right again. */
export function repair(bytes: Uint8Array): Uint8Array {
  const whole = bytes.slice();
  let end = endOfHeader(whole);
  while (whole[end] === 0x20) end++; // what fills the header up belongs to it
  if (end > 8) new DataView(whole.buffer).setBigUint64(0, BigInt(end - 8), true);
  const at = indexOf(whole, PLACE) + PLACE.length;
  if (at < PLACE.length || at + DIGITS > whole.length) return whole;
  const write = (digits: string) => whole.set(new TextEncoder().encode(digits), at);
  write('0'.repeat(DIGITS));
  write(crc32(whole).toString(16).padStart(DIGITS, '0'));
  return whole;
}

/** Behind the last tensor, near where the header ended; data may hold a brace as well. */
function endOfHeader(bytes: Uint8Array): number {
  const announced = bytes.length < 8 ? 0 : Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const near = indexOf(bytes, LAST, Math.max(8, Math.min(announced, bytes.length) - 64));
  return near < 0 ? bytes.lastIndexOf(0x7d) + 1 : near + LAST.length;
}

function indexOf(bytes: Uint8Array, part: Uint8Array, from = 0): number {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(part, from);
}

/** What was read must be what `JSON.parse` finds in the metadata, and must survive being written. */
function check(bytes: Uint8Array, read: ReturnType<typeof readCheckpoint>, progress: Progress): void {
  const { metadata, tensors } = readSafetensors(bytes);
  same('tensors', Object.keys(read.tensors).sort(), [...tensors.keys()].sort());
  same('callbacks', read.callbacks, parsed(metadata.get('callbacks')!));
  const all = parsed(metadata.get('progress')!) as Record<string, unknown>;
  const own = Object.fromEntries(
    Object.keys(progress).map(key => [key, Object.hasOwn(all, key) ? all[key] : undefined]),
  );
  const { history, ...others } = progress;
  const { history: expected, ...expectedOthers } = own;
  same('progress', others, expectedOthers);
  const { epoch, history: series, seed } = expected as Progress['history'];
  // What a history always has is there, also where the file lacks it.
  const absent = ['loss', 'reconstruction'].filter(key => !Object.hasOwn(series, key));
  const added = Object.fromEntries(absent.map(key => [key, epoch.map(() => Number.NaN)]));
  same('history', history, { epoch, history: { ...series, ...added }, seed });
  const again = readCheckpoint(writeCheckpoint({ ...read, progress }));
  same('progress again', parseProgress(again.progress), progress);
  same('callbacks again', again.callbacks, read.callbacks);
}

/** JSON with our stand-in for the numbers that JSON lacks, read without the reader under test. */
function parsed(text: string): unknown {
  return restored(JSON.parse(text));
}

function restored(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(restored);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, v]) => [key, restored(v)] as const);
  const [only] = entries;
  if (entries.length === 1 && only![0] === 'number' && /^(NaN|-?Infinity|-0)$/.test(String(only![1]))) {
    if (typeof only![1] === 'string') return Number(only![1]);
  }
  return Object.fromEntries(entries);
}

/** JSON shows NaN as null, and -0 as 0. */
function same(what: string, found: unknown, expected: unknown): void {
  const text = (value: unknown) =>
    JSON.stringify(value, (_, v) => (typeof v === 'number' ? `n${Object.is(v, -0) ? '-0' : v}` : v));
  if (text(found) !== text(expected)) throw new Error(`${what}: ${text(found)} and ${text(expected)}`);
}

function heavy(callbacks: string): Uint8Array {
  const bytes = writeCheckpoint({ progress, callbacks: 'C', optimizers, tensors: {} });
  const text = Buffer.from(bytes).toString('latin1');
  // `"C"` stands there as JSON within JSON.
  const grown = Buffer.from(text.replace('\\"C\\"', JSON.stringify(callbacks).slice(1, -1)), 'latin1');
  return repair(new Uint8Array(grown));
}

export const checkpointTarget: FuzzTarget = {
  name: 'readCheckpoint',
  seeds,
  generated,
  repair,
  heavy: {
    'brackets in brackets': heavy(`{"a":${'['.repeat(2 ** 20)}${']'.repeat(2 ** 20)}}`),
    'brackets in brackets, never closed': heavy(`{"a":${'['.repeat(2 ** 21)}`),
    'one wide array': heavy(`{"a":[${'0,'.repeat(2 ** 20)}0]}`),
    'small objects': heavy(`{"a":[${'{},'.repeat(2 ** 19)}0]}`),
    'many names': heavy(`{${Array.from({ length: 2 ** 17 }, (_, i) => `"${i}a":0`).join(',')}}`),
    'many values': writeCheckpoint({
      progress,
      callbacks,
      optimizers,
      tensors: { a: { dtype: 'float32', shape: [2 ** 21], values: new Float32Array(2 ** 21) } },
    }),
  },
  read(bytes) {
    const content = readCheckpoint(bytes);
    const progress = parseProgress(content.progress);
    return () => check(bytes, content, progress);
  },
};
