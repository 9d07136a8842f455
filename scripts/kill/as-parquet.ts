import { parquetWriteBuffer } from 'hyparquet-writer';
import type { ArrayField } from '../../src/data/array-field';
import { type ParquetReader, parquetRows } from '../../src/parquet';

/** Pictures as a Parquet file in memory, a few row groups of which are mixed at a time. */
export function asParquet({ values, shape: [count, ...shape], scale = 1 }: ArrayField): Promise<ParquetReader> {
  const width = values.length / count!;
  const pixels = Array.from({ length: count! }, (_, i) => Uint8Array.from(values.subarray(i * width, (i + 1) * width)));
  const file = parquetWriteBuffer({ columnData: [{ name: 'pixels', data: pixels }], rowGroupSize: 50 });
  return parquetRows(new Blob([file]), { fields: { x: { columns: 'pixels', shape, scale } }, window: 3 });
}
