import type { ArrayField } from '../data/array-field';
import { FileFormatError } from '../data/file-format-error';
import type { Column, ValueType } from './column';
import type { FieldPlan } from './field-plan';
import { fillColumn, fillFlat } from './fill-column';
import { flatValues } from './flat-values';
import { type GroupBytes, readGroupBytes } from './group-bytes';
import type { Compressors } from './options';
import type { ParquetFile, RowGroup } from './parquet-file';

/** The values of each field of a row group, rows one after the other. */
export type DecodedGroup = readonly ArrayField['values'][];

/** The arrays that hold values of a type. */
export const ARRAYS = { uint8: Uint8Array, int32: Int32Array, float32: Float32Array } satisfies Record<
  ValueType,
  unknown
>;

/** How a column lies in a group, and where its values go. */
type Part = { column: Column; plan: FieldPlan; offset: number; values: ArrayField['values'] };

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
  const fields = plans.map(plan => new ARRAYS[plan.type](group.rows * plan.width));
  const parts = plans.flatMap((plan, i) =>
    plan.columns.map((column, offset): Part => ({ column, plan, offset, values: fields[i]! })),
  );
  const names = new Set(parts.map(({ column }) => column.name));
  const bytes = await readGroupBytes(parquet, group, names, signal);
  const others: Part[] = [];
  for (const part of parts) if (!fillQuickly(parquet, bytes, part, group, compressors)) others.push(part);
  if (others.length === 0) return fields;
  const chunks = await assembled(parquet, bytes, others, group, compressors);
  for (const part of others) {
    const owner = `parquetRows: ${parquet.bytes.name}: column '${part.column.name}', row group ${group.index}`;
    const rows = fillColumn({ ...part, owner }, chunks.get(part.column.name) ?? []);
    if (rows === group.rows) continue;
    throw new FileFormatError(`${owner} is damaged: it holds ${rows} rows, and the footer announces ${group.rows}`);
  }
  return fields;
}

/** False where something is not as it mostly is, such as a null. */
function fillQuickly(
  { pages, schema }: ParquetFile,
  bytes: GroupBytes,
  { column, plan, offset, values }: Part,
  { rows }: RowGroup,
  compressors: Compressors,
): boolean {
  const [chunk, ...more] = bytes.chunks(column.name);
  if (!pages || !chunk || more.length > 0 || column.kind === 'bytes') return false;
  const lengths = column.depth > 1 ? plan.shape : column.depth === 1 ? [plan.width] : [];
  const flat = flatValues(pages, { ...chunk, schema }, lengths, compressors);
  const stride = column.kind === 'number' ? plan.width : 1;
  const count = column.kind === 'number' ? rows : rows * plan.width;
  return flat !== undefined && fillFlat(flat, { values, type: plan.type, offset, stride, count });
}

type Chunks = Map<string, ArrayLike<unknown>[]>;

/** The rows of columns as hyparquet puts them together. */
async function assembled(
  { bytes, hyparquet, metadata }: ParquetFile,
  { file }: GroupBytes,
  parts: readonly Part[],
  { index, start, rows }: RowGroup,
  compressors: Compressors,
): Promise<Chunks> {
  const chunks: Chunks = new Map();
  try {
    await hyparquet.parquetRead({
      file,
      metadata,
      columns: [...new Set(parts.map(({ column }) => column.name))],
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
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new FileFormatError(`parquetRows: ${bytes.name}: row group ${index} cannot be decoded: ${why}`, { cause });
  }
  return chunks;
}
