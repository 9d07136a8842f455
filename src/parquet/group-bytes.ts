import type { AsyncBuffer, ColumnMetaData } from 'hyparquet';
import { readExactly } from '../data/byte-source';
import type { ParquetFile, RowGroup } from './parquet-file';

/** Ranges this near are read at once, as hyparquet does: some writers leave gaps between columns. */
const GAP = 8192;

/** The bytes of some columns of a row group. */
export type GroupBytes = {
  /** What the footer says of the chunks of a column, and their bytes. */
  chunks(name: string): { meta: ColumnMetaData; view: DataView }[];
  /** The same as a file of which nothing else can be read. */
  file: AsyncBuffer;
};

type Part = { start: number; end: number; buffer: ArrayBuffer };

/** Reads the columns in as few pieces as they lie in. What the source throws is passed on. */
export async function readGroupBytes(
  { bytes, metadata }: ParquetFile,
  { index }: RowGroup,
  names: ReadonlySet<string>,
  signal?: AbortSignal,
): Promise<GroupBytes> {
  const metas = metadata.row_groups[index]!.columns.flatMap(({ meta_data: meta }) =>
    meta && names.has(meta.path_in_schema[0]!) ? [meta] : [],
  );
  const ranges = merged(metas.map(rangeOf));
  const reading = ranges.map(async ({ start, end }): Promise<Part> => {
    const { buffer, byteOffset, byteLength } = await readExactly(bytes, start, end - start, signal);
    const isWhole = byteOffset === 0 && byteLength === buffer.byteLength;
    return {
      start,
      end,
      buffer: (isWhole ? buffer : buffer.slice(byteOffset, byteOffset + byteLength)) as ArrayBuffer,
    };
  });
  await Promise.allSettled(reading); // nothing is left under way when one fails
  const parts = await Promise.all(reading);
  const partOf = (start: number, end: number) => {
    const part = parts.find(p => p.start <= start && end <= p.end);
    if (!part) throw new Error(`the bytes ${start} to ${end} belong to no column`);
    return part;
  };
  return {
    chunks: name =>
      metas.flatMap(meta => {
        if (meta.path_in_schema[0] !== name) return [];
        const { start, end } = rangeOf(meta);
        const part = partOf(start, end);
        return [{ meta, view: new DataView(part.buffer, start - part.start, end - start) }];
      }),
    file: {
      byteLength: bytes.size,
      async slice(start, end = bytes.size) {
        const part = partOf(start, end);
        return part.buffer.slice(start - part.start, end - part.start);
      },
    },
  };
}

/** Where a chunk lies in the file. */
export function rangeOf(meta: ColumnMetaData): { start: number; end: number } {
  const { dictionary_page_offset: dictionary, data_page_offset: data, total_compressed_size: size } = meta;
  // Some writers give 0 where there is no dictionary.
  const start = Number(dictionary || data);
  return { start, end: start + Number(size) };
}

function merged(ranges: readonly { start: number; end: number }[]): { start: number; end: number }[] {
  const all: { start: number; end: number }[] = [];
  for (const range of [...ranges].sort((a, b) => a.start - b.start)) {
    const last = all.at(-1);
    if (last && range.start <= last.end + GAP) last.end = Math.max(last.end, range.end);
    else all.push({ ...range });
  }
  return all;
}
