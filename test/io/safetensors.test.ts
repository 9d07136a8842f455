import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FileFormatError } from '../../src/data/file-format-error';
import type { TensorRecord } from '../../src/io/dtypes';
import { readSafetensors, writeSafetensors } from '../../src/io/safetensors';
import { readHeader } from '../../src/io/safetensors-header';
import { safetensorsBytes } from './support';

const golden = (name: string) => new Uint8Array(readFileSync(`test/golden/safetensors/${name}.safetensors`));
const float32 = (shape: number[], values: number[]): TensorRecord => ({
  dtype: 'float32',
  shape,
  values: Float32Array.from(values),
});
/** A header entry. */
const entry = (dtype: string, shape: unknown, offsets: unknown) => ({ dtype, shape, data_offsets: offsets });

describe('a file of the reference package', () => {
  test('is read, and written again byte for byte', () => {
    const file = golden('plain');
    const { tensors, metadata } = readSafetensors(file);
    expect([...metadata]).toEqual([['format', 'tfjs-vae ü "1"']]);
    expect(Object.fromEntries(tensors)).toEqual(
      Object.fromEntries<TensorRecord>([
        ['encoder/0/kernel', float32([2, 3], [1.5, -2, 0.25, Infinity, -0, 1e-45])],
        ['encoder/0/bias', float32([1], [3])],
        ['step', { dtype: 'int32', shape: [], values: Int32Array.of(41) }],
        ['labels', { dtype: 'int32', shape: [2, 1], values: Int32Array.of(-(2 ** 31), 2 ** 31 - 1) }],
        ['mask', { dtype: 'bool', shape: [3], values: Uint8Array.of(1, 0, 1) }],
        ['empty', float32([0, 4], [])],
        ['\uff5a wide', float32([1], [1])],
        ['\u{1d11e} clef', float32([1], [2])],
        ['quote " and \\ and \n', float32([1], [4])],
        ['__proto__', float32([1], [5])],
      ]),
    );
    const shuffled = Object.fromEntries([...tensors].reverse());
    expect(writeSafetensors(shuffled, Object.fromEntries(metadata))).toEqual(file);
  });

  test('of any dtype is read as what tfjs has', () => {
    const { tensors, metadata } = readSafetensors(golden('dtypes'));
    expect(metadata.size).toBe(0);
    const int32 = (shape: number[], values: number[]) => ({ dtype: 'int32', shape, values: Int32Array.from(values) });
    expect(Object.fromEntries(tensors)).toEqual({
      f64: float32([3], [0.1, -1e30, Number.NaN]),
      f16: float32([5], [1, -2.5, 65504, 2 ** -24, Infinity]),
      // 3e38 and 1e-40 with 8 bits of fraction, as bits: 0x7f62, 0x0001.
      bf16: float32([4], [1, -2.5, (1 + 98 / 128) * 2 ** 127, 2 ** -133]),
      i64: int32([2], [-(2 ** 31), 2 ** 31 - 1]),
      u64: int32([2], [0, 2 ** 31 - 1]),
      u32: int32([1], [7]),
      i16: int32([2], [-300, 300]),
      u16: int32([1], [65535]),
      i8: int32([2], [-128, 127]),
      u8: int32([1, 2], [0, 255]),
      bool: { dtype: 'bool', shape: [2], values: Uint8Array.of(0, 1) },
    });
  });

  test('keeps its metadata, whatever the keys', () => {
    const { tensors, metadata } = readSafetensors(golden('metadata'));
    expect(tensors.get('w')).toEqual(float32([2], [1, 2]));
    expect(new Map([...metadata].sort())).toEqual(
      new Map([
        ['', 'e'],
        ['__proto__', 'x'],
        ['config', '{"latentDim":20}'],
      ]),
    );
    expect(readSafetensors(golden('nothing'))).toEqual({ tensors: new Map(), metadata: new Map() });
    expect(writeSafetensors({})).toEqual(golden('nothing'));
  });

  test('with an integer beyond int32 is refused', () => {
    expect(() => readSafetensors(golden('too-large'))).toThrow(
      /^readSafetensors: tensor "count": the value 2147483648 is beyond int32$/,
    );
  });
});

describe('readSafetensors', () => {
  test('takes views where values lie on their grid, and copies where not', () => {
    const file = writeSafetensors({
      w: float32([2], [1, 2]),
      flag: { dtype: 'bool', shape: [1], values: Uint8Array.of(1) },
    });
    expect(readSafetensors(file).tensors.get('w')!.values.buffer).toBe(file.buffer);
    expect(readSafetensors(file.slice().buffer as ArrayBuffer)).toEqual(readSafetensors(file));
    const around = new Uint8Array(file.length + 3).fill(99);
    around.set(file, 1);
    const moved = around.subarray(1, 1 + file.length);
    expect(readSafetensors(moved)).toEqual(readSafetensors(file));
    expect(readSafetensors(moved).tensors.get('w')!.values.buffer).not.toBe(around.buffer);
  });

  test('goes by offsets, not by the order of the header', () => {
    const header = { late: entry('U8', [1], [2, 3]), early: entry('U8', [2], [0, 2]), none: entry('F32', [0], [2, 2]) };
    const { tensors } = readSafetensors(safetensorsBytes(header, [1, 2, 3]));
    expect([...tensors.keys()]).toEqual(['late', 'early', 'none']);
    expect([...tensors.values()].map(({ values }) => [...values])).toEqual([[3], [1, 2], []]);
  });

  test('takes spaces and escapes that JSON allows', () => {
    const json = '{ "\\u0061\\/\\ud834\\udd1e" :\t{"data_offsets":[ 0 , 1 ],"shape":[ ],\r\n"dtype":"I8"} } \n ';
    expect(readSafetensors(safetensorsBytes(json, [255])).tensors).toEqual(
      new Map([['a/\u{1d11e}', { dtype: 'int32', shape: [], values: Int32Array.of(-1) }]]),
    );
  });

  test('has no special names', () => {
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '0', ''];
    const header = Object.fromEntries(names.map((name, i) => [name, entry('U8', [1], [i, i + 1])]));
    const file = safetensorsBytes(header, [0, 1, 2, 3, 4, 5]);
    const { tensors } = readSafetensors(file);
    expect(names.map(name => tensors.get(name)?.values[0])).toEqual([0, 1, 2, 3, 4, 5]);
    expect(Object.getPrototypeOf({}).dtype).toBeUndefined();
    const polluting = '{"__metadata__":{"__proto__":"p"},"x":{"__proto__":{"dtype":"F32"}}}';
    expect(() => readSafetensors(safetensorsBytes(polluting))).toThrow(/tensor "x": .* got "__proto__"/);
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  const two = (b: [number, number]) => ({ a: entry('U8', [4], [0, 4]), b: entry('U8', [b[1] - b[0]], b) });
  test.each<[string, Uint8Array, RegExp]>([
    ['nothing', new Uint8Array(0), /begins with 8 bytes.*got 0 in all/],
    ['seven bytes', new Uint8Array(7), /got 7 in all/],
    [
      'a header without end',
      Uint8Array.from([255, 255, 255, 255, 255, 255, 255, 255, 123]),
      /18446744073709551615 bytes/,
    ],
    ['a header of more than 100 MB', lengthPrefixed(100_000_001n, '{}'), /100000001 bytes is beyond 100000000/],
    [
      'a header longer than the file',
      lengthPrefixed(3n, '{}'),
      /a header of 3 bytes does not fit a file of 10: it is cut/,
    ],
    ['an empty header', lengthPrefixed(0n, ''), /begins with \{, got nothing/],
    ['a header that begins with a space', safetensorsBytes(' {}'), /begins with \{, got byte 32/],
    ['a header that is an array', safetensorsBytes('[]'), /begins with \{, got byte 91/],
    ['a header that is not UTF-8', lengthPrefixed(4n, Uint8Array.of(0x7b, 0x22, 0xff, 0x7d)), /is not UTF-8/],
    ['a header without end', safetensorsBytes('{"a":{"dtype":"U8"'), /tensor "a": expected , or \}, got the end/],
    ['text after the object', safetensorsBytes('{}{}'), /expected nothing but spaces after the object, got "\{\}"/],
    ['a comma too many', safetensorsBytes('{"a":{"dtype":"U8",}}'), /tensor "a": expected a string, got "\}\}"/],
    ['deep nesting', safetensorsBytes(`{"a":${'['.repeat(1_000_000)}`), /tensor "a": expected \{, got "\[\[/],
    ['deep shapes', safetensorsBytes(`{"a":{"shape":${'['.repeat(1_000_000)}`), /tensor "a": expected a whole number/],
    [
      'a name twice',
      safetensorsBytes('{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"\\u0061":1}'),
      /"a" comes twice/,
    ],
    ['a key twice', safetensorsBytes('{"a":{"dtype":"U8","dtype":"I8"}}'), /tensor "a": the key "dtype" comes twice/],
    ['metadata twice', safetensorsBytes('{"__metadata__":{},"__metadata__":{}}'), /"__metadata__" comes twice/],
    ['metadata that is not text', safetensorsBytes({ __metadata__: { a: 1 } }), /expected a string, got "1\}\}"/],
    ['metadata that is no object', safetensorsBytes({ __metadata__: 'a' }), /expected \{, got "\\"a\\"\}"/],
    ['half a surrogate pair', safetensorsBytes('{"\\ud834":{}}'), /half a surrogate pair/],
    ['an unknown escape', safetensorsBytes('{"\\x":{}}'), /control character or an unknown escape/],
    ['a line feed in a name', safetensorsBytes('{"\n":{}}'), /control character or an unknown escape/],
    ['a string without end', safetensorsBytes('{"abc\\'), /a string has no end/],
    [
      'no dtype',
      safetensorsBytes({ a: { shape: [], data_offsets: [0, 1] } }, [1]),
      /tensor "a": dtype, shape or data_off/,
    ],
    ['a key of its own', safetensorsBytes({ a: { device: 'cpu' } }), /tensor "a": a tensor has .* got "device"/],
    [
      'another dtype',
      safetensorsBytes({ a: entry('C64', [1], [0, 8]) }, new Array(8)),
      /dtype "C64" is not read: .* F32 F64/,
    ],
    ['an inherited dtype', safetensorsBytes({ a: entry('constructor', [], [0, 1]) }, [1]), /"constructor" is not read/],
    ['a negative size', safetensorsBytes({ a: entry('U8', [-1], [0, 1]) }, [1]), /whole number, 0 or more, got "-1\]/],
    ['a fraction', safetensorsBytes('{"a":{"shape":[1.0]}}'), /expected , or \], got "\.0\]/],
    ['an exponent', safetensorsBytes('{"a":{"shape":[1e2]}}'), /expected , or \], got "e2\]/],
    ['a leading zero', safetensorsBytes('{"a":{"shape":[01]}}'), /whole number, 0 or more, got "01\]/],
    ['a size as text', safetensorsBytes({ a: entry('U8', ['1'], [0, 1]) }, [1]), /whole number, 0 or more, got "\\"1/],
    ['a size beyond 2^53', safetensorsBytes('{"a":{"shape":[9007199254740992]}}'), /9007199254740992 is beyond 2\^53/],
    ['endless digits', safetensorsBytes(`{"a":{"shape":[${'9'.repeat(1e6)}]}}`), /the number 9{60}… is beyond/],
    [
      'a product beyond 2^53',
      safetensorsBytes({ a: entry('U8', [2 ** 40, 2 ** 40], [0, 1]) }, [1]),
      /2\^53 − 1 elements/,
    ],
    [
      'such a product times 0',
      safetensorsBytes({ a: entry('U8', [0, 2 ** 40, 2 ** 40], [0, 0]) }),
      /2\^53 − 1 elements/,
    ],
    ['one offset', safetensorsBytes({ a: entry('U8', [1], [1]) }, [1]), /begin ≤ end, got \[1\]/],
    ['three offsets', safetensorsBytes({ a: entry('U8', [1], [0, 1, 2]) }, [1]), /begin ≤ end, got \[0,1,2\]/],
    ['offsets backwards', safetensorsBytes({ a: entry('U8', [1], [1, 0]) }, [1]), /begin ≤ end, got \[1,0\]/],
    [
      'offsets that do not fit the shape',
      safetensorsBytes({ a: entry('F32', [2, 1], [0, 4]) }, [1, 2, 3, 4]),
      /tensor "a": \[2,1\] of F32 takes 8 bytes, but data_offsets \[0,4\] leave 4/,
    ],
    [
      'data that are cut',
      safetensorsBytes({ a: entry('U8', [4], [0, 4]) }, [1, 2]),
      /"a": .* end beyond the file's 2 bytes of data/,
    ],
    [
      'data that belong to no tensor',
      safetensorsBytes({ a: entry('U8', [1], [0, 1]) }, [1, 2]),
      /cover 1 bytes of data, but the file has 2/,
    ],
    ['data without any tensor', safetensorsBytes({}, [1]), /cover 0 bytes of data, but the file has 1/],
    [
      'an overlap',
      safetensorsBytes(two([3, 7]), new Array(7)),
      /tensor "b": data_offsets \[3,7\] overlaps the tensor before it, which ends at 4/,
    ],
    ['two tensors in one place', safetensorsBytes(two([0, 4]), new Array(4)), /tensor "b": .* overlaps/],
    ['a hole', safetensorsBytes(two([5, 7]), new Array(7)), /tensor "b": data_offsets \[5,7\] leaves a hole before it/],
    [
      'a hole at the start',
      safetensorsBytes({ a: entry('U8', [1], [1, 2]) }, [1, 2]),
      /tensor "a": .* a hole before it, which ends at 0/,
    ],
    ['a BOOL of 2', safetensorsBytes({ a: entry('BOOL', [2], [0, 2]) }, [1, 2]), /tensor "a": a BOOL is 0 or 1, got 2/],
    [
      'a U32 beyond int32',
      safetensorsBytes({ a: entry('U32', [1], [0, 4]) }, [0, 0, 0, 128]),
      /2147483648 is beyond int32/,
    ],
    [
      'an I64 beyond int32',
      safetensorsBytes({ a: entry('I64', [1], [0, 8]) }, [255, 255, 255, 127, 255, 255, 255, 255]),
      /-2147483649 is beyond int32/,
    ],
    [
      'an F64 beyond float32',
      safetensorsBytes({ a: entry('F64', [1], [0, 8]) }, [0, 0, 0, 0, 0, 0, 0, 72]),
      /"a": the value .* is beyond float32/,
    ],
  ])('refuses %s', (_what, file, message) => {
    let error: unknown;
    try {
      readSafetensors(file);
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(FileFormatError);
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message).toMatch(/^readSafetensors: /);
    expect((error as Error).message.length).toBeLessThan(300);
  });

  test('reads every half float right', () => {
    const bytes = new Uint8Array(Uint16Array.from({ length: 2 ** 16 }, (_, i) => i).buffer);
    const { values } = readSafetensors(
      safetensorsBytes({ h: entry('F16', [2 ** 16], [0, 2 ** 17]) }, bytes),
    ).tensors.get('h')!;
    // From binary16 to binary32 by bits: the exponent's bias grows by 112, and a subnormal is a fraction of 2^−14.
    const bits = new DataView(new ArrayBuffer(4));
    const wrong = Array.from(values, (value, i) => {
      const [sign, exponent, fraction] = [i >>> 15, (i >>> 10) & 31, i & 1023];
      const widened = exponent === 31 ? 255 : exponent + 112;
      bits.setUint32(0, ((sign << 31) | (widened << 23) | (fraction << 13)) >>> 0);
      const subnormal = ((sign ? -1 : 1) * fraction * 2 ** -14) / 1024;
      return Object.is(value, exponent === 0 ? subnormal : bits.getFloat32(0));
    }).filter(right => !right);
    expect(wrong).toEqual([]);
  });
});

describe('readHeader', () => {
  test('needs no more of the file than the header', () => {
    const file = golden('plain');
    const whole = readHeader(file);
    const head = file.subarray(0, whole.dataStart);
    expect(readHeader(head, file.length)).toEqual(whole);
    expect(() => readHeader(head)).toThrow(/"__proto__": .* end beyond the file's 0 bytes of data/);
    expect(() => readHeader(head, file.length + 1)).toThrow(/cover 59 bytes of data, but the file has 60/);
  });
});

describe('writeSafetensors', () => {
  test('writes these bytes', () => {
    const file = writeSafetensors(
      { b: { dtype: 'bool', shape: [2], values: Uint8Array.of(1, 0) }, a: float32([1, 1], [1]) },
      { z: '1', k: 'v' },
    );
    const header =
      '{"__metadata__":{"k":"v","z":"1"},"a":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]},' +
      '"b":{"dtype":"BOOL","shape":[2],"data_offsets":[4,6]}} ';
    expect(header.length % 8).toBe(0);
    expect(new TextDecoder().decode(file.subarray(8, -6))).toBe(header);
    expect([...file.subarray(0, 8)]).toEqual([header.length, 0, 0, 0, 0, 0, 0, 0]);
    expect([...file.subarray(-6)]).toEqual([0, 0, 0x80, 0x3f, 1, 0]);
  });

  test('writes the part of a buffer that the values see', () => {
    const values = Float32Array.of(9, 1, 2, 9).subarray(1, 3);
    const { tensors } = readSafetensors(writeSafetensors({ part: { dtype: 'float32', shape: [2], values } }));
    expect([...tensors.get('part')!.values]).toEqual([1, 2]);
  });

  test.each<[string, Record<string, TensorRecord>, RegExp]>([
    ['the name of the metadata', { __metadata__: float32([], [1]) }, /"__metadata__": the format keeps this name/],
    ['a shape of more values', { w: float32([2, 2], [1]) }, /tensor "w": shape \[2,2\] does not hold 1 values/],
    ['a shape of fractions', { w: float32([0.5, 2], [1]) }, /tensor "w": shape \[0.5,2\]/],
    ['negative sizes', { w: float32([-1, -1], [1]) }, /tensor "w": shape \[-1,-1\]/],
    [
      'other values than the dtype says',
      { w: { dtype: 'int32', shape: [1], values: Float32Array.of(1) } },
      /"w": values of int32 must be a Int32Array, got \[object Float32Array\]/,
    ],
    [
      'an unknown dtype',
      { w: { ...float32([1], [1]), dtype: 'string' as 'bool' } },
      /dtype must be one of float32 int32 bool, got string/,
    ],
    ['an inherited dtype', { w: { ...float32([1], [1]), dtype: 'toString' as 'bool' } }, /dtype must be one of/],
    ['a bool of 2', { w: { dtype: 'bool', shape: [1], values: Uint8Array.of(2) } }, /values of bool must be 0 or 1/],
    ['a name that is not UTF-8', { 'a\ud834': float32([1], [1]) }, /half a surrogate pair/],
  ])('refuses %s', (_what, tensors, message) => {
    expect(() => writeSafetensors(tensors)).toThrow(message);
  });

  test('refuses metadata that is not text', () => {
    expect(() => writeSafetensors({}, { step: 1 as unknown as string })).toThrow(/metadata must be text, got number/);
  });

  const shape = fc.array(fc.nat(3), { maxLength: 4 });
  const record: fc.Arbitrary<TensorRecord> = shape.chain(shape => {
    const n = shape.reduce((a, b) => a * b, 1);
    const size = { minLength: n, maxLength: n };
    return fc.oneof(
      fc.float32Array(size).map(values => ({ dtype: 'float32' as const, shape, values })),
      fc.int32Array(size).map(values => ({ dtype: 'int32' as const, shape, values })),
      fc.uint8Array({ ...size, max: 1 }).map(values => ({ dtype: 'bool' as const, shape, values })),
    );
  });
  const name = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('__proto__', 'a/b', '\n"\\', '10', '9'));
  const tensors = fc.dictionary(name, record, { maxKeys: 6 });
  const metadata = fc.dictionary(name, fc.string({ unit: 'binary' }), { maxKeys: 4 });

  test('is undone by readSafetensors, whatever the names', () => {
    fc.assert(
      fc.property(tensors, metadata, (tensors, metadata) => {
        const file = writeSafetensors(tensors, metadata);
        const read = readSafetensors(file);
        expect(read.tensors.size).toBe(Object.keys(tensors).length);
        for (const [key, { dtype, shape, values }] of Object.entries(tensors)) {
          const found = read.tensors.get(key)!;
          expect([found.dtype, found.shape]).toEqual([dtype, shape]);
          expect(bits(found)).toEqual(bits({ dtype, shape, values }));
        }
        expect(read.metadata).toEqual(new Map(Object.entries(metadata)));
        expect((8 + new DataView(file.buffer).getUint32(0, true)) % 8).toBe(0);
      }),
    );
  });

  test('does not depend on the order of keys', () => {
    fc.assert(
      fc.property(tensors, metadata, (tensors, metadata) => {
        const backwards = <T>(record: Record<string, T>) => Object.fromEntries(Object.entries(record).reverse());
        expect(writeSafetensors(backwards(tensors), backwards(metadata))).toEqual(writeSafetensors(tensors, metadata));
      }),
    );
  });
});

function bits({ values }: TensorRecord): number[] {
  return [...new Uint8Array(values.slice().buffer)];
}

function lengthPrefixed(length: bigint, header: string | Uint8Array): Uint8Array {
  const body = typeof header === 'string' ? new TextEncoder().encode(header) : header;
  const file = new Uint8Array(8 + body.length);
  new DataView(file.buffer).setBigUint64(0, length, true);
  file.set(body, 8);
  return file;
}
