import type { FileMetaData } from 'hyparquet';
import { expect, test } from 'vitest';
import { checkChunks } from '../../src/parquet/check-chunks';
import { columnOf } from '../../src/parquet/column';
import { openParquet } from '../../src/parquet/parquet-file';
import { noted, parquetFile } from '../support/parquet';

const file = parquetFile([{ name: 'a', data: new Float32Array(25), type: 'FLOAT' }]);

/** What is said of a file whose footer was changed in its second group. */
async function checked(change: (group: FileMetaData['row_groups'][number]) => unknown): Promise<void> {
  const parquet = await openParquet(noted(file).source);
  change(parquet.metadata.row_groups[1]!);
  checkChunks(parquet, [columnOf(parquet, 'a')], {});
}

test.each<[Parameters<typeof checked>[0], string]>([
  [
    g => Object.assign(g.columns[0]!.meta_data!, { num_values: 9n }),
    "is damaged: column 'a', row group 1 has 9 values, and the group 10 rows",
  ],
  [
    g => Object.assign(g.columns[0]!.meta_data!, { total_compressed_size: 10n ** 6n }),
    "is cut short: column 'a', row group 1 ends at byte",
  ],
  [
    g => Object.assign(g.columns[0]!, { file_path: 'b' }),
    "column 'a', row group 1 is encrypted, lies in another file, or is missing",
  ],
  [
    g => Reflect.deleteProperty(g.columns[0]!, 'meta_data'),
    "column 'a', row group 1 is encrypted, lies in another file, or is missing",
  ],
  [g => g.columns.pop(), "column 'a', row group 1 is encrypted, lies in another file, or is missing"],
  [g => Object.assign(g.columns[0]!.meta_data!, { codec: 'LZO' }), "column 'a', row group 1 is compressed by LZO"],
])('%s', async (change, message) => {
  await expect(checked(change)).rejects.toThrow(message);
});

test('a footer as it should be', async () => {
  await checked(() => {});
});
