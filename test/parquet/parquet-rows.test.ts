import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { ParquetField } from '../../src/parquet/options';
import { parquetRows } from '../../src/parquet/parquet-rows';
import { noted, parquetFile } from '../support/parquet';
import { expectNoUnhandledRejections } from '../support/unhandled-rejections';

const COUNT = 35;
const rows = [...Array(COUNT).keys()];
const floats = Float32Array.from(rows, i => Math.sin(i));
const pixels = rows.map(i => Uint8Array.from({ length: 6 }, (_, j) => (i * 6 + j) % 256));
const lists = rows.map(i => [i, i + 0.5, -i]);

const file = parquetFile([
  { name: 'float', data: floats, type: 'FLOAT', nullable: false },
  { name: 'maybe', data: floats, type: 'FLOAT' },
  { name: 'double', data: Float64Array.from(floats), type: 'DOUBLE' },
  { name: 'int', data: Int32Array.from(rows, i => i - 9), type: 'INT32', nullable: false },
  { name: 'long', data: BigInt64Array.from(rows, i => BigInt(i) * 1000n), type: 'INT64' },
  { name: 'flag', data: rows.map(i => i % 3 === 0), type: 'BOOLEAN' },
  { name: 'pixels', data: pixels, type: 'BYTE_ARRAY' },
  { name: 'text', data: rows.map(String), type: 'STRING' },
]);

async function field(given: ParquetField, bytes = file, wanted = [34, 0, 12]) {
  const reader = await parquetRows(noted(bytes).source, { fields: { x: given } });
  const { x } = await reader.read(Uint32Array.from(wanted));
  return { ...x, values: [...x.values], array: x.values.constructor.name, whole: reader.shapes.x };
}

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no error',
    error => (error as Error).message,
  );
const kind = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no error',
    error => (error as Error).name,
  );

/** Lists, which the writer takes as rows of an explicit schema. */
function listFile(data: unknown[], options = {}) {
  return parquetFile([{ name: 'list', data }], {
    schema: [
      { name: 'root', num_children: 1 },
      { name: 'list', repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'LIST' },
      { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
      { name: 'element', type: 'FLOAT', repetition_type: 'OPTIONAL' },
    ],
    ...options,
  });
}

expectNoUnhandledRejections();

describe('parquetRows: what columns become', () => {
  test.each<[ParquetField, string, number[], number[]]>([
    ['float', 'Float32Array', [], [floats[34]!, floats[0]!, floats[12]!]],
    ['maybe', 'Float32Array', [], [floats[34]!, floats[0]!, floats[12]!]],
    ['double', 'Float32Array', [], [floats[34]!, floats[0]!, floats[12]!]],
    ['int', 'Int32Array', [], [25, -9, 3]],
    ['long', 'Int32Array', [], [34000, 0, 12000]],
    ['flag', 'Uint8Array', [], [0, 1, 1]],
    [['flag'], 'Uint8Array', [1], [0, 1, 1]],
    [['int', 'flag'], 'Int32Array', [2], [25, 0, -9, 1, 3, 1]],
    [['int', 'float'], 'Float32Array', [2], [25, floats[34]!, -9, floats[0]!, 3, floats[12]!]],
    [
      { columns: ['int', 'flag', 'int', 'flag'], shape: [2, 2] },
      'Int32Array',
      [2, 2],
      [25, 0, 25, 0, -9, 1, -9, 1, 3, 1, 3, 1],
    ],
    [{ columns: 'pixels', shape: [2, 3] }, 'Uint8Array', [2, 3], [...pixels[34]!, ...pixels[0]!, ...pixels[12]!]],
  ])('%j', async (given, array, shape, values) => {
    expect(await field(given)).toEqual({ array, shape: [3, ...shape], values, whole: [COUNT, ...shape] });
  });

  test('lists of one length, flat or in the shape that is given', async () => {
    const expected = [...lists[34]!, ...lists[0]!, ...lists[12]!];
    expect(await field('list', listFile(lists))).toMatchObject({ shape: [3, 3], values: expected });
    expect(await field({ columns: 'list', shape: [3, 1] }, listFile(lists))).toMatchObject({
      shape: [3, 3, 1],
      values: expected,
    });
  });

  test('the scale goes along, and each field has its own', async () => {
    const reader = await parquetRows(noted(file).source, {
      fields: { x: { columns: 'pixels', shape: [6], scale: 1 / 255 }, labels: 'int', condition: ['float', 'double'] },
    });
    expect(reader.shapes).toEqual({ x: [COUNT, 6], labels: [COUNT], condition: [COUNT, 2] });
    const read = await reader.read(Uint32Array.of(7));
    expect(read).toEqual({
      x: { values: pixels[7], shape: [1, 6], scale: 1 / 255 },
      labels: { values: Int32Array.of(-2), shape: [1] },
      condition: { values: Float32Array.of(floats[7]!, floats[7]!), shape: [1, 2] },
    });
  });

  test('gzip by a decompressor, and Snappy without', async () => {
    const column = { name: 'float', data: floats, type: 'FLOAT' } as const;
    const compressed = parquetFile([column], { codec: 'GZIP', compressors: { GZIP: bytes => gzipSync(bytes) } });
    expect(await failure(parquetRows(noted(compressed).source, { fields: { x: 'float' } }))).toBe(
      "parquetRows: rows.parquet: column 'float', row group 0 is compressed by GZIP; give compressors, such as those of the package hyparquet-compressors",
    );
    const reader = await parquetRows(noted(compressed).source, {
      fields: { x: 'float' },
      compressors: { GZIP: bytes => gunzipSync(bytes) },
    });
    expect([...(await reader.read(Uint32Array.of(3))).x.values]).toEqual([floats[3]]);
    expect((await field('float', parquetFile([column], { codec: 'SNAPPY' }))).values[0]).toBe(floats[34]);
  });

  test('the mean of the weights', async () => {
    const weighted = await parquetRows(noted(file).source, {
      fields: { x: ['float'], weights: { columns: 'long', scale: 0.5 } },
    });
    expect(await weighted.meanWeight!()).toBe((34 * 1000) / 4);
    expect((await parquetRows(noted(file).source, { fields: { x: 'float' } })).meanWeight).toBeUndefined();
  });
});

describe('parquetRows: row groups', () => {
  test('are the blocks; those without rows are left out', async () => {
    const column = { name: 'float', data: floats, type: 'FLOAT' } as const;
    const { blocks, size, window, windowBytes } = await parquetRows(noted(file).source, {
      fields: { x: ['float', 'int'] },
    });
    expect({ blocks, size, window, windowBytes }).toEqual({
      blocks: [0, 10, 20, 30],
      size: 35,
      window: 4,
      windowBytes: 280,
    });
    const uneven = parquetFile([column], { rowGroupSize: [3, 20, 5] });
    const other = await parquetRows(noted(uneven).source, { fields: { x: ['float'] }, window: 2 });
    expect([other.blocks, other.window, other.windowBytes]).toEqual([[0, 3, 23, 28, 33], 2, 100]);
  });

  test('as many are held as fit into 1 GiB, unless more are asked for', async () => {
    const wide = parquetFile([{ name: 'bytes', data: rows.map(() => new Uint8Array(1)), type: 'BYTE_ARRAY' }]);
    const held = async (length: number, window?: number) =>
      (
        await parquetRows(noted(wide).source, {
          fields: { x: { columns: 'bytes', shape: [length] } },
          ...(window && { window }),
        })
      ).window;
    expect(await held(2 ** 24)).toBe(4);
    expect(await held(2 ** 25)).toBe(3);
    expect(await held(2 ** 30)).toBe(1);
    expect(await held(2 ** 30, 4)).toBe(4);
  });

  test('only the columns that are wanted are read, each group once while it is held, all when it is too small', async () => {
    const { source, reads } = noted(file);
    const reader = await parquetRows(source, { fields: { x: ['float', 'maybe'] }, window: 2 });
    const opening = reads.length;
    const read = async (...wanted: number[]) => {
      const { x } = await reader.read(Uint32Array.from(wanted));
      expect([...x.values]).toEqual(wanted.flatMap(row => [floats[row], floats[row]]));
      return reads.length - opening;
    };
    expect(await read(3, 13, 4)).toBe(2);
    expect(await read(0, 19, 5, 12)).toBe(2);
    expect(await read(9, 29)).toBe(3); // 0 stays, 1 goes
    expect(await read(8, 28)).toBe(3);
    expect(await read(34, 13, 7, 22)).toBe(5); // 0 and 2 are taken first, then 3 and 1 come
    expect(await read(34, 13)).toBe(5);
    expect(reads.slice(opening).every(({ length }) => length < file.length / 8)).toBe(true);
  });

  test('reads that are asked for together come one after the other, each right', async () => {
    const { source, reads } = noted(file);
    const reader = await parquetRows(source, { fields: { x: ['float'] }, window: 1 });
    const opening = reads.length;
    const all = await Promise.all(rows.map(row => reader.read(Uint32Array.of(row))));
    expect(all.map(({ x }) => x.values[0])).toEqual([...floats]);
    expect(reads.length - opening).toBe(4);
  });

  test('an aborted read leaves the reader whole', async () => {
    const reader = await parquetRows(noted(file).source, { fields: { x: ['float'] } });
    const controller = new AbortController();
    const reading = failure(reader.read(Uint32Array.of(1, 11), controller.signal));
    controller.abort(new Error('enough'));
    expect(await reading).toBe('enough');
    expect(await failure(reader.read(Uint32Array.of(1), controller.signal))).toBe('enough');
    expect((await reader.read(Uint32Array.of(11))).x.values[0]).toBe(floats[11]);
  });

  test('a closed reader, and rows that are not there', async () => {
    const { source } = noted(file);
    const reader = await parquetRows(source, { fields: { x: ['float'] } });
    expect(await failure(reader.read(Uint32Array.of(35)))).toBe('parquetRows: there are 35 rows, got the index 35');
    await reader.close();
    expect(source.closed).toBe(true);
    expect(await failure(reader.read(Uint32Array.of(1)))).toBe('parquetRows: rows.parquet has been closed');
  });
});

describe('parquetRows refuses', () => {
  const opened = (given: unknown, bytes = file) => parquetRows(noted(bytes).source, { fields: { x: given as string } });
  const read = async (given: unknown, bytes: Uint8Array<ArrayBuffer>) =>
    (await opened(given, bytes)).read(Uint32Array.from(rows));

  test('columns that are not there or not numbers', async () => {
    expect(await failure(opened('pixel'))).toBe(
      "parquetRows: rows.parquet has no column 'pixel'; did you mean 'pixels'?",
    );
    expect(await failure(opened('xyz'))).toBe(
      "parquetRows: rows.parquet has no column 'xyz'; it has float, maybe, double, int, long, flag, pixels, text",
    );
    expect(await failure(opened('text'))).toBe(
      "parquetRows: column 'text' of rows.parquet holds text; a batch takes numbers, lists of numbers, and byte strings of one length",
    );
    const dates = parquetFile([{ name: 'when', data: [new Date(0)], type: 'TIMESTAMP' }]);
    expect(await failure(opened('when', dates))).toMatch(
      /^parquetRows: column 'when' of rows\.parquet holds values of type TIMESTAMP/,
    );
  });

  test('fields that do not fit', async () => {
    expect(await failure(opened('pixels'))).toBe(
      "parquetRows: fields.x: the file does not tell how long the byte strings of 'pixels' are; give { columns: 'pixels', shape: [28, 28, 1], scale: 1 / 255 }, say",
    );
    expect(await failure(opened(['float', 'pixels']))).toBe(
      "parquetRows: fields.x: only columns of numbers go side by side, and 'pixels' holds byte strings",
    );
    expect(await failure(opened({ columns: ['float', 'int'], shape: [3] }))).toBe(
      'parquetRows: fields.x: shape [3] has 3 values, which does not fit 2 columns',
    );
    expect(await failure(opened({ columns: 'list', shape: [2, 2] }, listFile(lists)))).toBe(
      "parquetRows: fields.x: shape [2,2] has 4 values, which does not fit the 3 values of a row of 'list'",
    );
    expect(await failure(opened([]))).toBe('parquetRows: fields.x must name a column or several, got []');
    expect(await failure(opened({ columns: 3 }))).toBe('parquetRows: fields.x must name a column or several, got 3');
    expect(await failure(opened({ column: 'float' }))).toBe(
      'parquetRows: fields.x: unknown option column; write columns',
    );
    expect(await failure(opened({ columns: 'float', scale: Number.NaN }))).toBe(
      'parquetRows: fields.x: scale must be a number, got NaN',
    );
    const all = (options: object) => failure(parquetRows(noted(file).source, options as never));
    expect(await all({ fields: { labels: 'int' } })).toBe('parquetRows: fields must name the columns that are x');
    expect(await all({ columns: ['float'] })).toBe('parquetRows: unknown option columns; write fields');
    expect(await all({ fields: { x: 'float', lables: 'int' } })).toBe(
      'parquetRows: fields: unknown field lables; write labels',
    );
    expect(await all({ fields: { x: 'float' }, window: 0 })).toBe(
      'parquetRows: window must be a positive integer, got 0',
    );
  });

  test('nulls, by group, before the data are read where the footer tells', async () => {
    const holey = [...floats].map((value, i) => (i === 17 ? null : value));
    const column = { name: 'a', data: holey, type: 'FLOAT' } as const;
    expect(await failure(opened(['a'], parquetFile([column])))).toBe(
      "parquetRows: rows.parquet: column 'a', row group 1 holds nulls, and a batch takes numbers alone: fill them when the file is written, and write a mask beside them",
    );
    expect(await failure(read(['a'], parquetFile([column], { statistics: false })))).toBe(
      "parquetRows: rows.parquet: column 'a', row group 1 holds a null in row 7, and a batch takes numbers alone: fill them when the file is written, and write a mask beside them",
    );
    const inList = lists.map((list, i) => (i === 22 ? [1, null, 2] : list));
    expect(await failure(read('list', listFile(inList, { statistics: false })))).toMatch(
      /row group 2 holds a null in row 2/,
    );
    const noBytes = rows.map(i => (i === 3 ? null : new Uint8Array(2)));
    const bytes = parquetFile([{ name: 'b', data: noBytes, type: 'BYTE_ARRAY' }], { statistics: false });
    expect(await failure(read({ columns: 'b', shape: [2] }, bytes))).toMatch(/row group 0 holds a null in row 3/);
  });

  test('lists that differ in length, before they are read where the sums differ', async () => {
    const longer = lists.map((list, i) => (i === 22 ? [...list, 1] : list));
    expect(await failure(opened('list', listFile(longer)))).toBe(
      "parquetRows: the lists in column 'list' of rows.parquet differ in length: 31 values in 10 rows of row group 2, where group 0 has 3 a row",
    );
    const other = lists.map((list, i) => (i >= 30 ? [...list, 1] : list));
    expect(await failure(opened('list', listFile(other)))).toMatch(
      /20 values in 5 rows of row group 3, where group 0 has 3/,
    );
    const moved = lists.map((list, i) => (i === 21 ? [1, 2] : i === 22 ? [1, 2, 3, 4] : list));
    expect(await failure(read('list', listFile(moved)))).toBe(
      "parquetRows: rows.parquet: column 'list', row group 2: the list of row 1 has 2 values, where 3 were expected; lists of one length can be put into a batch",
    );
  });

  test('byte strings of another length, and whole numbers beyond 32 bits', async () => {
    const bytes = parquetFile([
      { name: 'png', data: rows.map(i => new Uint8Array(i === 12 ? 5 : 4)), type: 'BYTE_ARRAY' },
    ]);
    expect(await failure(read({ columns: 'png', shape: [4] }, bytes))).toBe(
      "parquetRows: rows.parquet: column 'png', row group 1: the bytes of row 2 are 5, where 4 were expected; pictures have to be stored as pixels, not as PNG or JPEG",
    );
    const large = BigInt64Array.from(rows, i => BigInt(i) + (i === 31 ? 2n ** 31n : 0n));
    expect(await failure(read(['id'], parquetFile([{ name: 'id', data: large, type: 'INT64' }])))).toBe(
      "parquetRows: rows.parquet: column 'id', row group 3: row 1 holds 2147483679, which does not fit into 32 bits; write the column as floats",
    );
  });

  test('what is not a Parquet file, is cut short, or is damaged: one FileFormatError each', async () => {
    const given = (bytes: Uint8Array<ArrayBuffer>) => opened(['float'], bytes);
    const cases: [Uint8Array<ArrayBuffer>, RegExp][] = [
      [new Uint8Array(), /is not a Parquet file: it does not begin with PAR1$/],
      [new Uint8Array(5000), /is not a Parquet file: it does not begin with PAR1$/],
      [file.slice(0, 9), /is not a Parquet file/],
      [file.slice(0, -1), /is cut short: a Parquet file ends with PAR1, after the footer that says what is in it$/],
      [file.slice(0, 500), /is cut short/],
      [new Uint8Array([...file.slice(0, -8), 255, 255, 255, 127, ...file.slice(-4)]), /has a damaged footer: /],
      [new Uint8Array([...file.slice(0, -4), 80, 65, 82, 69]), /is encrypted, which cannot be read here$/],
      [parquetFile([{ name: 'float', data: new Float32Array(), type: 'FLOAT' }]), /has no rows$/],
    ];
    for (const [bytes, message] of cases) {
      expect(await failure(given(bytes))).toMatch(message);
      expect(await kind(given(bytes))).toBe('FileFormatError');
    }
    // The rows are missing, and the footer is whole.
    const start = file.length - 8 - new DataView(file.buffer).getUint32(file.length - 8, true);
    const shorter = new Uint8Array([...file.slice(0, 4), ...file.slice(start)]);
    expect(await failure(opened({ columns: 'pixels', shape: [6] }, shorter))).toMatch(
      /is cut short: column 'pixels', row group \d ends at byte \d+, and the file has \d+$/,
    );
    const garbled = file.slice();
    garbled.fill(255, 4, 60);
    expect(await failure(read(['float'], garbled))).toMatch(
      /^parquetRows: rows\.parquet: (row group 0 cannot be decoded|column 'float', row group 0 is damaged)/,
    );
    expect(await kind(read(['float'], garbled))).toBe('FileFormatError');
  });

  test('no damage to a footer hangs or ends in another kind of error', async () => {
    const start = file.length - 8 - new DataView(file.buffer).getUint32(file.length - 8, true);
    for (let place = start; place < file.length; place += 7) {
      const damaged = file.slice();
      damaged[place] = damaged[place]! ^ 0x55;
      const error = await read(['float'], damaged).catch((e: Error) => e);
      if (error instanceof Error) expect(error.message).toMatch(/^parquetRows: /);
    }
  });

  test('a source that has become shorter, and one that fails, with the error of the source', async () => {
    const { source } = noted(file);
    const reader = await parquetRows(source, { fields: { x: ['float'] } });
    source.read = async () => new Uint8Array(3);
    expect(await failure(reader.read(Uint32Array.of(1)))).toMatch(
      /^rows\.parquet: expected \d+ bytes from \d+ on, got 3/,
    );
    source.read = async () => {
      throw new TypeError('the cable is loose');
    };
    expect(await failure(reader.read(Uint32Array.of(1)))).toBe('the cable is loose');
    expect(await kind(parquetRows(source, { fields: { x: ['float'] } }))).toBe('TypeError');
  });
});
