import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FileFormatError } from '../../src/data/file-format-error';
import { gunzip } from '../../src/data/gunzip';
import { parseIdx, readIdx } from '../../src/data/idx';
import { idxBytes } from '../support/idx';

/** Big-endian bytes of numbers, as `DataView` writes them. */
function bigEndian(bytes: number, write: (view: DataView, at: number, value: number) => void, numbers: number[]) {
  const view = new DataView(new ArrayBuffer(bytes * numbers.length));
  numbers.forEach((n, i) => {
    write(view, i * bytes, n);
  });
  return new Uint8Array(view.buffer);
}

describe('parseIdx', () => {
  test('reads uint8 as a view of the file', () => {
    const file = idxBytes([2, 3], [1, 2, 3, 4, 5, 255]);
    const { values, shape } = parseIdx(file);
    expect(shape).toEqual([2, 3]);
    expect([...values]).toEqual([1, 2, 3, 4, 5, 255]);
    expect(values.buffer).toBe(file.buffer);
  });

  test.each<[string, number, typeof Int32Array | typeof Float32Array, Uint8Array, number[]]>([
    ['int8', 9, Int32Array, Uint8Array.from([0x80, 0xff, 1]), [-128, -1, 1]],
    ['int16', 11, Int32Array, bigEndian(2, (v, i, n) => v.setInt16(i, n), [-300, 7]), [-300, 7]],
    ['int32', 12, Int32Array, Uint8Array.from([0, 0, 1, 2, 255, 255, 255, 254]), [258, -2]],
    ['float32', 13, Float32Array, Uint8Array.from([0x3f, 0xc0, 0, 0, 0xc0, 0, 0, 0]), [1.5, -2]],
    ['float64', 14, Float32Array, bigEndian(8, (v, i, n) => v.setFloat64(i, n), [0.25, -1e10]), [0.25, -1e10]],
  ])('reads big-endian %s', (_name, type, array, body, expected) => {
    const { values, shape } = parseIdx(idxBytes([expected.length], body, type));
    expect(values).toBeInstanceOf(array);
    expect(shape).toEqual([expected.length]);
    expect([...values]).toEqual(expected);
  });

  test('reads from the middle of a buffer, from an ArrayBuffer, and no rows at all', () => {
    const file = idxBytes([2], [7, 8]);
    const around = new Uint8Array(file.length + 9).fill(99);
    around.set(file, 5);
    expect([...parseIdx(around.subarray(5, 5 + file.length)).values]).toEqual([7, 8]);
    expect([...parseIdx(file.slice().buffer as ArrayBuffer).values]).toEqual([7, 8]);
    expect(parseIdx(idxBytes([0, 28, 28], []))).toEqual({ values: new Uint8Array(0), shape: [0, 28, 28] });
  });

  test.each<[string, Uint8Array, RegExp]>([
    ['nothing', new Uint8Array(0), /not an idx file.*an empty file/],
    ['three bytes', Uint8Array.from([0, 0, 8]), /not an idx file/],
    ['another magic', Uint8Array.from([80, 75, 3, 4, 0, 0, 0, 0]), /not an idx file.*got 80 75 3 4/],
    ['an unknown type', idxBytes([1], [1], 10), /unknown type 10: expected one of 8 9 11 12 13 14/],
    ['rank 0', Uint8Array.from([0, 0, 8, 0]), /a header of rank 0 does not fit/],
    ['a cut header', idxBytes([1, 1, 1], [1]).subarray(0, 12), /a header of rank 3 does not fit a file of 12 bytes/],
    ['a cut body', idxBytes([4], [1, 2, 3]), /announces \[4\], 12 bytes in all, but the file has 11: it is cut short/],
    ['more than announced', idxBytes([2], [1, 2, 3]), /but the file has 11: it is too long/],
    ['sizes beyond all memory', idxBytes([2 ** 31, 2 ** 20], [1]), /2251799813685260 bytes in all.*cut short/],
    ['sizes beyond counting', idxBytes(Array(255).fill(2 ** 32 - 1), [1]), /more than 2\^53 − 1 values/],
    ['such sizes times 0', idxBytes([0, 2 ** 31, 2 ** 31], []), /more than 2\^53 − 1 values/],
    ['a rank beyond the file', Uint8Array.from([0, 0, 8, 255, 0, 0, 0, 1]), /rank 255 does not fit a file of 8 bytes/],
    ['a wider type than the file has room for', idxBytes([3], [1, 2, 3], 12), /20 bytes in all, but the file has 11/],
  ])('refuses %s', (_name, file, message) => {
    expect(() => parseIdx(file)).toThrow(message);
    expect(() => parseIdx(file)).toThrow(FileFormatError);
  });

  test('gives back what was written', () => {
    const file = fc
      .array(fc.nat(4), { minLength: 1, maxLength: 4 })
      .chain(shape =>
        fc.tuple(fc.constant(shape), fc.uint8Array({ minLength: product(shape), maxLength: product(shape) })),
      );
    fc.assert(
      fc.property(file, ([shape, body]) => {
        const { values, shape: read } = parseIdx(idxBytes(shape, body));
        expect(read).toEqual(shape);
        expect([...values]).toEqual([...body]);
      }),
    );
  });

  test('reads or refuses whatever bytes come, and never allocates more than a few times their number', () => {
    const header = fc.tuple(fc.constantFrom(8, 9, 11, 12, 13, 14), fc.nat(5)).map(([type, rank]) => [0, 0, type, rank]);
    const bytes = fc.tuple(header, fc.uint8Array({ maxLength: 64 })).map(([h, b]) => Uint8Array.from([...h, ...b]));
    fc.assert(
      fc.property(fc.oneof(bytes, fc.uint8Array({ maxLength: 64 })), file => {
        try {
          expect(parseIdx(file).values.byteLength).toBeLessThanOrEqual(4 * file.length);
        } catch (error) {
          expect(error).toBeInstanceOf(FileFormatError);
          expect((error as Error).message).toMatch(/^parseIdx: /);
        }
      }),
    );
  });
});

describe('readIdx', () => {
  const plain = idxBytes(
    [50, 28, 28],
    Uint8Array.from({ length: 50 * 784 }, (_, i) => i % 251),
  );
  const packed = new Uint8Array(gzipSync(plain));

  test('reads plain files and gzip alike', async () => {
    const expected = parseIdx(plain);
    expect(await readIdx(plain)).toEqual(expected);
    expect(await readIdx(packed)).toEqual(expected);
    expect(await readIdx(packed.slice().buffer)).toEqual(expected);
  });

  test.each<[string, Uint8Array]>([
    ['cut short', packed.subarray(0, packed.length - 20)],
    ['without its checksum', packed.subarray(0, packed.length - 6)],
    ['damaged', packed.map((byte, i) => (i === 40 ? byte ^ 0xff : byte))],
    ['only two bytes long', packed.subarray(0, 2)],
  ])('refuses gzip data that is %s', async (_name, file) => {
    await expect(readIdx(file)).rejects.toThrow(/^gunzip: the gzip data is damaged or cut short/);
    await expect(readIdx(file)).rejects.toThrow(FileFormatError);
  });

  test('refuses gzip of something else', async () => {
    await expect(readIdx(gzipSync('hello there'))).rejects.toThrow(/^parseIdx: not an idx file/);
  });

  test('stops unpacking at the limit', async () => {
    const trap = gzipSync(new Uint8Array(2 ** 22));
    expect((await gunzip(trap, 2 ** 22)).length).toBe(2 ** 22);
    const error = await gunzip(trap, 2 ** 22 - 1).catch(cause => cause);
    expect(error).toBeInstanceOf(FileFormatError);
    expect(error.message).toBe(
      `gunzip: ${trap.length} bytes of gzip unpack to more than 4194303; where that is right, unpack them beforehand`,
    );
  });
});

describe('FileFormatError', () => {
  test('is an Error that is known by its name, with a cause', () => {
    const cause = new Error('why');
    const error = new FileFormatError('what', { cause });
    expect(error).toBeInstanceOf(Error);
    expect([error.name, error.message, error.cause, String(error)]).toEqual([
      'FileFormatError',
      'what',
      cause,
      'FileFormatError: what',
    ]);
  });
});

function product(shape: number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}
