import type { ArrayField } from '../data/array-field';
import { FileFormatError } from '../data/file-format-error';
import type { ValueType } from './column';
import type { FieldPlan } from './field-plan';
import { fillColumn } from './fill-column';
import type { Compressors } from './options';
import { asBuffer, type ParquetFile, type RowGroup } from './parquet-file';

/** The values of each field of a row group, rows one after the other. */
export type DecodedGroup = readonly ArrayField['values'][];

/** The arrays that hold values of a type. */
export const ARRAYS = { uint8: Uint8Array, int32: Int32Array, float32: Float32Array } satisfies Record<
  ValueType,
  unknown
>;

/**
 * Reads the columns of some fields from one row group.
 *
 * @throws FileFormatError When the bytes cannot be decoded, or hold what the fields cannot take.
 */
export async function decodeGroup(
  parquet: ParquetFile,
  plans: readonly FieldPlan[],
  group: RowGroup,
  compressors: Compressors,
  signal?: AbortSignal,
): Promise<DecodedGroup> {
  const chunks = await readChunks(parquet, plans, group, compressors, signal);
  return plans.map(plan => {
    const values = new ARRAYS[plan.type](group.rows * plan.width);
    for (const [offset, column] of plan.columns.entries()) {
      const owner = `parquetRows: ${parquet.bytes.name}: column '${column.name}', row group ${group.index}`;
      const rows = fillColumn({ owner, column, plan, offset, values }, chunks.get(column.name) ?? []);
      if (rows === group.rows) continue;
      throw new FileFormatError(`${owner} is damaged: it holds ${rows} rows, and the footer announces ${group.rows}`);
    }
    return values;
  });
}

type Chunks = Map<string, ArrayLike<unknown>[]>;

async function readChunks(
  { bytes, hyparquet, metadata }: ParquetFile,
  plans: readonly FieldPlan[],
  { index, start, rows }: RowGroup,
  compressors: Compressors,
  signal: AbortSignal | undefined,
): Promise<Chunks> {
  const columns = [...new Set(plans.flatMap(plan => plan.columns.map(({ name }) => name)))];
  const chunks: Chunks = new Map();
  const { file, failure } = asBuffer(bytes, signal);
  try {
    await hyparquet.parquetRead({
      file,
      metadata,
      columns,
      rowStart: start,
      rowEnd: start + rows,
      compressors,
      utf8: false,
      geoparquet: false,
      // Only collected here: an error thrown in it would reach nobody.
      onChunk: ({ columnName, columnData }) => {
        chunks.set(columnName, [...(chunks.get(columnName) ?? []), columnData]);
      },
    });
  } catch (cause) {
    if (failure()) throw failure();
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new FileFormatError(`parquetRows: ${bytes.name}: row group ${index} cannot be decoded: ${why}`, { cause });
  }
  return chunks;
}
