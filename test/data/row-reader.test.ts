import { describe, expect, test } from 'vitest';
import { type ByteSource, blobBytes } from '../../src/data/byte-source';
import { FileFormatError } from '../../src/data/file-format-error';
import { parseIdx } from '../../src/data/idx';
import { idxRows } from '../../src/data/idx-rows';
import { rawRows } from '../../src/data/raw-rows';
import type { RowReader } from '../../src/data/row-reader';
import { toSource } from '../../src/data/to-source';
import { writeSafetensors } from '../../src/io/safetensors';
import { safetensorsRows } from '../../src/io/safetensors-rows';
import { Rng } from '../../src/random/rng';
import { idxBytes } from '../support/idx';

const COUNT = 40;

/** Bytes that remember where they were read. */
function watched(bytes: Uint8Array): ByteSource & { reads: [offset: number, length: number][] } {
  const reads: [number, number][] = [];
  return {
    name: 'bytes',
    size: bytes.length,
    reads,
    async read(offset, length) {
      reads.push([offset, length]);
      return bytes.slice(offset, offset + length);
    },
  };
}

const counting = (length: number, step = 7) => Uint8Array.from({ length }, (_, i) => i * step);

describe('idxRows', () => {
  test('pictures and labels in any order, repeated ones too, are those of the file', async () => {
    const file = idxBytes([COUNT, 3, 2], counting(6 * COUNT));
    const labels = idxBytes([COUNT], counting(COUNT, 1));
    const reader = await idxRows({ x: new Blob([file as BlobPart]), labels: new Blob([labels as BlobPart]) });
    expect([reader.size, reader.shapes]).toEqual([COUNT, { x: [COUNT, 3, 2, 1], labels: [COUNT] }]);
    const whole = parseIdx(file).values;
    for (const rows of [
      new Rng(3).permutation(COUNT),
      Uint32Array.of(5, 5, 39, 0, 5),
      Uint32Array.of(7, 8, 9),
      new Uint32Array(),
    ]) {
      const read = await reader.read(rows);
      expect(read.x.shape).toEqual([rows.length, 3, 2, 1]);
      expect(read.x.scale).toBe(1 / 255);
      expect([...read.x.values]).toEqual([...rows].flatMap(row => [...whole.subarray(6 * row, 6 * row + 6)]));
      expect(read.labels).toEqual({ values: Uint8Array.from(rows), shape: [rows.length] });
    }
  });

  test.each<[string, number, number[], number[]]>([
    ['int8', 9, [0xff, 5, 0x80, 7], [-1, 5, -128, 7]],
    ['int16', 11, [0xff, 0xfe, 0, 9, 1, 0, 0x80, 0], [-2, 9, 256, -32768]],
    ['int32', 12, [0xff, 0xff, 0xff, 0xfd, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 2], [-3, 1, 65536, 2]],
    ['float32', 13, [0x3f, 0x80, 0, 0, 0xbf, 0, 0, 0, 0, 0, 0, 0, 0x40, 0, 0, 0], [1, -0.5, 0, 2]],
    ['float64', 14, [0x3f, 0xf8, ...Array(22).fill(0), 0xc0, ...Array(7).fill(0)], [1.5, 0, 0, -2]],
  ])('%s rows', async (_, type, body, expected) => {
    const reader = await idxRows({ x: watched(idxBytes([2, 2], body, type)), scale: 0.5 });
    expect(reader.shapes.x).toEqual([2, 2]);
    const { x } = await reader.read(Uint32Array.of(1, 0));
    expect([...x.values]).toEqual([...expected.slice(2), ...expected.slice(0, 2)]);
    expect(x.scale).toBe(0.5);
  });

  test.each<[string, Uint8Array, RegExp]>([
    [
      'cut',
      idxBytes([4, 2, 2], new Uint8Array(15)),
      /announces \[4,2,2\], 32 bytes in all, but the file has 31: .*cut/,
    ],
    ['too long', idxBytes([4, 2, 2], new Uint8Array(17)), /is too long/],
    ['of another kind', Uint8Array.of(80, 75, 3, 4), /not an idx file/],
    ['empty', new Uint8Array(), /an empty file/],
    ['only half a header', Uint8Array.of(0, 0, 8, 3, 0, 0), /rank 3 does not fit a file of 6 bytes/],
    ['of rank 0', Uint8Array.of(0, 0, 8, 0), /rank 0/],
    ['without rows', idxBytes([0, 2], []), /is empty: its shape is \[0,2\]/],
    ['packed', Uint8Array.of(0x1f, 0x8b, 8, 0, 0), /is gzip'd.*unpack it first/],
  ])('a file that is %s is refused before anything is read of it', async (_, bytes, message) => {
    const file = watched(bytes);
    const error = await idxRows({ x: file }).catch(e => e);
    expect(error).toBeInstanceOf(FileFormatError);
    expect(error.message).toMatch(message);
    expect(file.reads.length).toBe(1);
  });

  test('labels have to be as many', async () => {
    const x = watched(idxBytes([3, 1, 1], [1, 2, 3]));
    await expect(idxRows({ x, labels: watched(idxBytes([2], [0, 1])) })).rejects.toThrow(
      'idxRows: expected a label for each of 3 rows, got labels of the shape [2]',
    );
    await expect(idxRows({ x: 'train' as never })).rejects.toThrow('idxRows: x must be a Blob or a ByteSource');
  });
});

describe('rawRows', () => {
  const body = Uint8Array.from({ length: 8 * COUNT }, (_, i) => (i * 37) % 251);

  test.each([
    ['uint8', Uint8Array, 8],
    ['int32', Int32Array, 2],
    ['float32', Float32Array, 2],
  ] as const)('%s rows after a header', async (dtype, Values, width) => {
    const whole = new Values(body.buffer);
    const file = new Uint8Array([9, 9, 9, ...body]);
    const reader = rawRows(blobBytes(new Blob([file])), { shape: [width], dtype, offset: 3 });
    expect(reader.shapes).toEqual({ x: [COUNT, width] });
    const rows = new Rng(1).permutation(COUNT).subarray(0, 9);
    const { x } = await reader.read(rows);
    expect(x).toEqual({
      values: Values.from([...rows].flatMap(row => [...whole.subarray(width * row, width * row + width)])),
      shape: [9, width],
    });
  });

  test('one read for neighbours and near rows, one each for the rest', async () => {
    const file = watched(new Uint8Array(1000 * 1000));
    const reader = rawRows(file, { shape: [1000], dtype: 'uint8' });
    await reader.read(Uint32Array.from({ length: 100 }, (_, i) => 200 + i));
    expect(file.reads.splice(0)).toEqual([[200_000, 100_000]]);
    await reader.read(Uint32Array.of(900, 10, 14, 500, 12, 10));
    expect(file.reads).toEqual([
      [10_000, 5000],
      [500_000, 1000],
      [900_000, 1000],
    ]);
  });

  test('reads do not share memory', async () => {
    const reader = rawRows(new Blob([body]), { shape: [8], dtype: 'uint8' });
    const [a, b] = await Promise.all([reader.read(Uint32Array.of(0)), reader.read(Uint32Array.of(1))]);
    a.x.values.fill(0);
    expect([...b.x.values]).toEqual([...body.subarray(8, 16)]);
  });

  test('refuses what does not fit, and names it', async () => {
    const blob = new Blob([body]);
    expect(() => rawRows(blob, { shape: [7], dtype: 'uint8' })).toThrow(
      'rawRows: the blob holds 320 bytes of rows, which is not a positive multiple of the 7 bytes of a row [7] of uint8',
    );
    expect(() => rawRows(blob, { shape: [8], dtype: 'uint8', offset: 320 })).toThrow('holds 0 bytes of rows');
    expect(() => rawRows(blob, { shape: [8], dtype: 'uint8', offset: -1 })).toThrow('offset must be');
    expect(() => rawRows(blob, { shape: [0], dtype: 'uint8' })).toThrow('shape must hold positive integers, got [0]');
    expect(() => rawRows(blob, { shape: [8], dtype: 'float16' as never })).toThrow(
      'dtype must be one of uint8, int32, float32, got float16',
    );
    const reader = rawRows(blob, { shape: [8], dtype: 'uint8' });
    await expect(reader.read(Uint32Array.of(3, COUNT))).rejects.toThrow('there are 40 rows, got the index 40');
  });

  test('an aborted read of one row leaves none of the others under way', async () => {
    let pending = 0;
    const bytes: ByteSource = {
      name: 'slow',
      size: 100_000,
      async read(offset, length) {
        pending++;
        await new Promise(resolve => setTimeout(resolve, offset === 0 ? 0 : 20));
        pending--;
        if (offset === 0) throw new Error('a bad sector');
        return new Uint8Array(length);
      },
    };
    const reader = rawRows(bytes, { shape: [1000], dtype: 'uint8' });
    await expect(reader.read(Uint32Array.of(0, 50, 90))).rejects.toThrow('a bad sector');
    expect(pending).toBe(0);
  });
});

describe('toSource', () => {
  const reader: RowReader = {
    kind: 'rowReader',
    size: 2,
    shapes: { x: [2, 1] },
    read: async rows => ({ x: { values: Float32Array.from(rows), shape: [rows.length, 1] } }),
  };

  test('knows a reader', async () => {
    expect(await toSource('data', reader)).toEqual({ kind: 'reader', size: 2, reader });
  });

  test.each<[string, Partial<Record<keyof RowReader, unknown>>, string]>([
    ['no size', { size: undefined }, 'data: the size of a RowReader must be a whole number up to 2³², got undefined'],
    ['no rows', { size: 0, shapes: { x: [0, 1] } }, 'data: the reader has no rows'],
    ['no x', { shapes: {} }, 'must give the shape of x'],
    [
      'another length',
      { shapes: { x: [2, 1], weights: [3] } },
      'shape of weights must begin with the size of the reader, 2',
    ],
    ['a field that is none', { shapes: { x: [2, 1], y: [2] } }, 'data: shapes: unknown field y; write target'],
    ['no read', { read: undefined }, 'must have a method read(rows)'],
  ])('refuses one with %s', async (_, wrong, message) => {
    await expect(toSource('data', { ...reader, ...wrong } as RowReader)).rejects.toThrow(message);
  });
});

describe('the mean weight', () => {
  const file = () => {
    const x = { dtype: 'float32', shape: [4, 1], values: new Float32Array(4) } as const;
    const weights = { dtype: 'float32', shape: [4], values: Float32Array.of(1, 0, 4, 2) } as const;
    return new Blob([writeSafetensors({ x, weights }) as Uint8Array<ArrayBuffer>]);
  };

  test('is that of the whole, of arrays and of readers of files', async () => {
    const reader = await safetensorsRows(file(), { fields: { x: 'x', weights: 'weights' } });
    expect((await toSource('data', reader)).meanWeight).toBe(7 / 4);
    const plain = await safetensorsRows(file(), { fields: { x: 'x' } });
    expect((await toSource('data', plain)).meanWeight).toBeUndefined();
    const weights = { values: Uint8Array.of(1, 3), shape: [2], scale: 0.5 };
    expect((await toSource('data', { x: { values: new Float32Array(2), shape: [2] }, weights })).meanWeight).toBe(1);
  });

  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('of %d is refused', async mean => {
    const reader = await safetensorsRows(file(), { fields: { x: 'x', weights: 'weights' } });
    await expect(toSource('fit: data', { ...reader, meanWeight: async () => mean })).rejects.toThrow(
      `fit: data: the mean of the weights must be a positive number, got ${mean}`,
    );
  });
});
