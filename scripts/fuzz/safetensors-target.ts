import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import type { TensorRecord } from '../../src/io/dtypes';
import { readSafetensors, type Safetensors, writeSafetensors } from '../../src/io/safetensors';
import type { FuzzTarget } from './target';

const GOLDEN = new URL('../../test/golden/safetensors/', import.meta.url);
/** Where the bytes of the file are those of the values. */
const SAME_BYTES = new Set(['F32', 'I32', 'BOOL']);
/** Bytes of an element; the last two are not ours to read. */
const WIDTHS: Record<string, number> = {
  ...{ F64: 8, I64: 8, U64: 8, F32: 4, I32: 4, U32: 4, F16: 2, BF16: 2, I16: 2, U16: 2, I8: 1, U8: 1, BOOL: 1 },
  ...{ C64: 8, f32: 4 },
};

function file(header: string, data: Uint8Array): Uint8Array {
  const json = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + json.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(data, 8 + json.length);
  return bytes;
}

/** Entries that follow one another with some offsets moved; every name, dtype and shape that the format has. */
const generated = fc
  .array(
    fc.record({
      name: fc.oneof(fc.constantFrom('a', 'b', '__proto__', 'constructor', '__metadata__'), fc.string()),
      dtype: fc.constantFrom(...Object.keys(WIDTHS)),
      shape: fc.array(fc.oneof({ weight: 9, arbitrary: fc.nat(3) }, fc.constantFrom(2 ** 32, 2 ** 52)), {
        maxLength: 3,
      }),
      moved: fc.oneof({ weight: 9, arbitrary: fc.constant([0, 0]) }, fc.tuple(fc.nat(2), fc.nat(2))),
    }),
    { maxLength: 5 },
  )
  .chain(entries => {
    let reached = 0;
    const members = entries.map(({ name, dtype, shape, moved }) => {
      const begin = reached + moved[0]!;
      const size = shape.reduce((a, b) => a * b, 1) * WIDTHS[dtype]!;
      const end = begin + Math.min(size, 512) + moved[1]!;
      reached = end;
      return `${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets: [begin, end] })}`;
    });
    return fc
      .uint8Array({ minLength: reached, maxLength: reached, max: 1 })
      .map(data => file(`{${members.join(',')}}`, data));
  });

/** The header's length reaches to the last closing brace again. */
function repair(bytes: Uint8Array): Uint8Array {
  const end = bytes.lastIndexOf(0x7d) + 1;
  if (end > 8) new DataView(bytes.buffer, bytes.byteOffset).setBigUint64(0, BigInt(end - 8), true);
  return bytes;
}

/** What was read must be what `JSON.parse` and the bytes say, and must survive being written. */
function check(bytes: Uint8Array, { tensors, metadata }: Safetensors): void {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  const names = Object.keys(header).filter(name => name !== '__metadata__');
  same('names', names.sort(), [...tensors.keys()].sort());
  same('metadata', Object.entries(header.__metadata__ ?? {}).sort(), [...metadata].sort());
  for (const [name, { shape, values }] of tensors) {
    const { dtype, shape: announced, data_offsets } = Object.getOwnPropertyDescriptor(header, name)!.value;
    same('shape', shape, announced);
    same(
      'size',
      values.length,
      shape.reduce((a, b) => a * b, 1),
    );
    if (!SAME_BYTES.has(dtype)) continue;
    const [begin, end] = data_offsets.map((offset: number) => 8 + length + offset);
    same('bytes', [...bytes.subarray(begin, end)], raw(values));
  }
  const written = writeSafetensors(Object.fromEntries(tensors), Object.fromEntries(metadata));
  const again = readSafetensors(written);
  same('metadata again', [...again.metadata].sort(), [...metadata].sort());
  same('tensors again', [...again.tensors].map(plain).sort(), [...tensors].map(plain).sort());
}

function plain([name, { dtype, shape, values }]: [string, TensorRecord]): string {
  return JSON.stringify([name, dtype, shape, raw(values)]);
}

function raw(values: TensorRecord['values']): number[] {
  return [...new Uint8Array(values.buffer, values.byteOffset, values.byteLength)];
}

function same(what: string, found: unknown, expected: unknown): void {
  const [a, b] = [JSON.stringify(found), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${what}: ${a} and ${b}`);
}

const entries = (n: number, entry: (i: number) => string) =>
  `{${Array.from({ length: n }, (_, i) => entry(i)).join(',')}}`;

export const safetensorsTarget: FuzzTarget = {
  name: 'readSafetensors',
  seeds: readdirSync(GOLDEN).map(name => new Uint8Array(readFileSync(new URL(name, GOLDEN)))),
  generated,
  repair,
  heavy: {
    'tensors without a value': file(
      entries(60_000, i => `"${i}":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}`),
      new Uint8Array(0),
    ),
    'tensors of one value': file(
      entries(60_000, i => `"${i}":{"dtype":"I8","shape":[],"data_offsets":[${i},${i + 1}]}`),
      new Uint8Array(60_000),
    ),
    'a shape without end': file(
      `{"a":{"dtype":"U8","shape":[${'1,'.repeat(2 ** 21)}1],"data_offsets":[0,1]}}`,
      new Uint8Array(1),
    ),
    'metadata of small entries': file(`{"__metadata__":${entries(300_000, i => `"${i}":""`)}}`, new Uint8Array(0)),
    'brackets in brackets': file(`{"a":${'['.repeat(2 ** 22)}`, new Uint8Array(0)),
    'a name of escapes': file(`{"${'\\u0001'.repeat(2 ** 19)}":{"dtype":"U8"}}`, new Uint8Array(0)),
    'nothing but spaces': file(`{${' '.repeat(2 ** 22)}`, new Uint8Array(0)),
    'digits without end': file(`{"a":{"shape":[${'9'.repeat(2 ** 22)}]}}`, new Uint8Array(0)),
    'values that grow fourfold': file(
      `{"a":{"dtype":"I8","shape":[${2 ** 24}],"data_offsets":[0,${2 ** 24}]}}`,
      new Uint8Array(2 ** 24),
    ),
  },
  read(bytes) {
    const read = readSafetensors(bytes);
    return () => check(bytes, read);
  },
};
