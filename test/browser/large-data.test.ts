import { expect, test } from 'vitest';
import { urlBytes } from '../../src/data/url-bytes';
import { parquetRows } from '../../src/parquet/parquet-rows';

// Served with ranges by the server of the tests; written by scripts/golden/make_parquet.py.
const address = new URL('/test/golden/parquet/pages-1.parquet', location.href).href;

test('a Parquet file over HTTP in a page', async () => {
  const ranges: string[] = [];
  const bytes = await urlBytes(address, {
    fetch: (url, init) => {
      ranges.push(init.headers['Range']!);
      return fetch(url, init);
    },
  });
  expect(bytes.size).toBe(19247);
  const rows = await parquetRows(bytes, { fields: { x: 'list', labels: 'unsigned' }, window: 1 });
  const { x, labels } = await rows.read(Uint32Array.of(41, 7));
  expect([...x.values]).toEqual([41, 7].flatMap(row => Array.from({ length: 6 }, (_, j) => (row * 6 + j) / 8)));
  expect([...labels!.values]).toEqual([205, 35]);
  expect(ranges[0]).toBe('bytes=0-0');
  expect(ranges.length).toBeGreaterThan(3);
  await rows.close();
});

test('a relative address, and one that is not there', async () => {
  expect((await urlBytes('/test/golden/parquet/pages-1.parquet')).size).toBe(19247);
  await expect(urlBytes('/test/golden/parquet/nothing.parquet')).rejects.toThrow(/^urlBytes: \/test\/golden/);
});
