import { FileFormatError } from '../data/file-format-error';
import type { Column } from './column';
import { rangeOf } from './group-bytes';
import { describeNulls } from './nulls';
import type { Compressors } from './options';
import type { ParquetFile } from './parquet-file';

/** Codecs that hyparquet undoes by itself. */
const BUILT_IN = ['UNCOMPRESSED', 'SNAPPY'];

/**
 * Looks at what the footer says of the columns, before anything is read.
 *
 * @throws FileFormatError When the file ends before a row group does.
 * @throws Error When a column is compressed in a way that nothing here undoes, or has nulls.
 */
export function checkChunks(
  { bytes, metadata, groups }: ParquetFile,
  columns: readonly Column[],
  compressors: Compressors,
): void {
  for (const { index, rows } of groups) {
    const chunks = new Map(metadata.row_groups[index]!.columns.map(c => [c.meta_data?.path_in_schema[0], c]));
    for (const { name, kind } of columns) {
      const place = `column '${name}', row group ${index}`;
      const { meta_data: meta, file_path: path } = chunks.get(name) ?? {};
      if (!meta || path !== undefined) {
        throw new FileFormatError(
          `parquetRows: ${bytes.name}: ${place} is encrypted, lies in another file, or is missing`,
        );
      }
      const { end } = rangeOf(meta);
      if (end > bytes.size) {
        throw new FileFormatError(
          `parquetRows: ${bytes.name} is cut short: ${place} ends at byte ${end}, and the file has ${bytes.size}`,
        );
      }
      const values = Number(meta.num_values);
      // Those of lists have been looked at.
      if (kind !== 'list' && values !== rows) {
        throw new FileFormatError(
          `parquetRows: ${bytes.name} is damaged: ${place} has ${values} values, and the group ${rows} rows`,
        );
      }
      if (!BUILT_IN.includes(meta.codec) && !Object.hasOwn(compressors, meta.codec)) {
        throw new Error(
          `parquetRows: ${bytes.name}: ${place} is compressed by ${meta.codec}; give compressors, such as those of the package hyparquet-compressors`,
        );
      }
      if (Number(meta.statistics?.null_count ?? 0) > 0)
        throw new Error(describeNulls(`parquetRows: ${bytes.name}: ${place}`, 'nulls'));
    }
  }
}
