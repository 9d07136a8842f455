import { readFileSync } from 'node:fs';
import { describe, expect, test, vi } from 'vitest';
import type { ParquetField } from '../../src/parquet/options';
import { parquetRows } from '../../src/parquet/parquet-rows';
import { noted } from '../support/parquet';

/** Written by scripts/golden/make_parquet.py, whose formulas these are. */
const at = (row: number) => Array.from({ length: 6 }, (_, j) => (row * 6 + j) / 8);
const pixelsAt = (row: number) => Array.from({ length: 6 }, (_, j) => (row * 6 + j) % 256);

const columns: [ParquetField, string, number[], (row: number) => number[]][] = [
  ['float', 'Float32Array', [], row => [at(row)[0]!]],
  ['double', 'Float32Array', [], row => [at(row)[0]!]],
  ['half', 'Float32Array', [], row => [at(row)[0]!]],
  ['byte', 'Int32Array', [], row => [row - 5]],
  ['unsigned', 'Uint8Array', [], row => [row * 5]],
  ['long', 'Int32Array', [], row => [row * 1000]],
  ['flag', 'Uint8Array', [], row => [Number(row % 3 === 0)]],
  ['decimal', 'Float32Array', [], row => [row / 4]],
  ['list', 'Float32Array', [6], at],
  ['fixed', 'Float32Array', [6], at],
  ['halves', 'Float32Array', [6], at],
  ['bytes in lists', 'Uint8Array', [6], pixelsAt],
  [{ columns: 'nested', shape: [2, 3] }, 'Float32Array', [2, 3], at],
  [{ columns: 'binary', shape: [6] }, 'Uint8Array', [6], pixelsAt],
  ['fixed binary', 'Uint8Array', [6], pixelsAt],
  [['flag', 'long', 'float'], 'Float32Array', [3], row => [Number(row % 3 === 0), row * 1000, at(row)[0]!]],
];

const open = (name: string) => noted(new Uint8Array(readFileSync(`test/golden/parquet/${name}.parquet`))).source;

async function expectRows(
  name: string,
  given: ParquetField,
  array: string,
  shape: number[],
  valuesAt: (r: number) => number[],
) {
  const reader = await parquetRows(open(name), { fields: { x: given } });
  expect(reader.blocks).toEqual([0, 20, 40]);
  const rows = [49, 0, 19, 20, 33];
  const { x } = await reader.read(Uint32Array.from(rows));
  expect([x.values.constructor.name, x.shape]).toEqual([array, [5, ...shape]]);
  expect([...x.values]).toEqual(rows.flatMap(valuesAt));
}

describe.each(['pages-1', 'pages-2'])('a file of Apache Arrow, %s', name => {
  test.each(columns)('%j', (given, array, shape, valuesAt) => expectRows(name, given, array, shape, valuesAt));

  test('without the inner parts of hyparquet, the same', async () => {
    vi.doMock('hyparquet/src/column.js', () => {
      throw new Error('this release has no such file');
    });
    try {
      for (const column of columns) await expectRows(name, ...column);
    } finally {
      vi.doUnmock('hyparquet/src/column.js');
    }
  });

  test('the quick way is taken for numbers and lists: a release of hyparquet that breaks it is seen here', async () => {
    const reader = await parquetRows(open(name), {
      fields: { x: 'list', condition: ['float', 'long', 'flag', 'half'] },
    });
    const assembling = vi.spyOn(await import('../../src/parquet/fill-column'), 'fillColumn');
    await reader.read(Uint32Array.of(1));
    expect(assembling).not.toHaveBeenCalled();
    assembling.mockRestore();
  });
});
