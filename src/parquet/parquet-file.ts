import type { AsyncBuffer, FileMetaData, SchemaTree } from 'hyparquet';
import { type ByteSource, readExactly } from '../data/byte-source';
import { FileFormatError } from '../data/file-format-error';
import { loadPages, type Pages } from './flat-values';

type Hyparquet = typeof import('hyparquet');

/** Rows that lie together in the file. */
export type RowGroup = {
  /** Its place among all groups of the file, for errors. */
  readonly index: number;
  /** Its first row. */
  readonly start: number;
  readonly rows: number;
};

/** A Parquet file whose footer has been read. */
export type ParquetFile = {
  readonly bytes: ByteSource;
  readonly hyparquet: Hyparquet;
  readonly metadata: FileMetaData;
  readonly pages: Pages | undefined;
  /** The root of the schema. */
  readonly schema: SchemaTree;
  /** The columns, by name. */
  readonly columns: ReadonlyMap<string, SchemaTree>;
  /** Those with rows. */
  readonly groups: readonly RowGroup[];
  /** Number of rows. */
  readonly size: number;
};

/**
 * Reads the footer of a Parquet file.
 *
 * @throws FileFormatError When the file is not a Parquet file, is cut short, or has no rows.
 */
export async function openParquet(bytes: ByteSource): Promise<ParquetFile> {
  const hyparquet = await loadHyparquet();
  const { file, failure } = asBuffer(bytes);
  let metadata: FileMetaData;
  let tree: SchemaTree;
  try {
    metadata = await hyparquet.parquetMetadataAsync(file, { geoparquet: false });
    tree = hyparquet.parquetSchema(metadata);
  } catch (cause) {
    if (failure()) throw failure();
    throw await notParquet(bytes, cause);
  }
  let size = 0;
  const groups = metadata.row_groups.map(({ num_rows }, index) => {
    const group = { index, start: size, rows: Number(num_rows) };
    size += group.rows;
    return group;
  });
  if (groups.some(({ rows }) => !(rows >= 0)) || size !== Number(metadata.num_rows)) {
    throw new FileFormatError(
      `parquetRows: ${bytes.name} is damaged: its row groups have ${size} rows in all, and it announces ${metadata.num_rows}`,
    );
  }
  if (size > 2 ** 32) throw new FileFormatError(`parquetRows: ${bytes.name} has ${size} rows, and 2³² are the most`);
  if (size === 0) throw new FileFormatError(`parquetRows: ${bytes.name} has no rows`);
  return {
    bytes,
    hyparquet,
    pages: await loadPages(),
    metadata,
    schema: tree,
    columns: new Map(tree.children.map(child => [child.element.name, child])),
    groups: groups.filter(({ rows }) => rows > 0),
    size,
  };
}

async function loadHyparquet(): Promise<Hyparquet> {
  try {
    return await import('hyparquet');
  } catch (cause) {
    throw new Error('parquetRows: needs the package hyparquet: npm install hyparquet', { cause });
  }
}

/**
 * A source as hyparquet wants it. What the source throws is kept apart, since hyparquet's own errors mean that the file
 * is damaged.
 */
function asBuffer(bytes: ByteSource): { file: AsyncBuffer; failure(): unknown } {
  let failed: unknown;
  const file: AsyncBuffer = {
    byteLength: bytes.size,
    async slice(start, end = bytes.size) {
      try {
        const { buffer, byteOffset, byteLength } = await readExactly(bytes, start, end - start);
        const isWhole = byteOffset === 0 && byteLength === buffer.byteLength;
        return (isWhole ? buffer : buffer.slice(byteOffset, byteOffset + byteLength)) as ArrayBuffer;
      } catch (error) {
        failed ??= error;
        throw error;
      }
    },
  };
  return { file, failure: () => failed };
}

/** `PAR1` in the first and in the last four bytes; `PARE` at the end where the footer is encrypted. */
async function notParquet(bytes: ByteSource, cause: unknown): Promise<FileFormatError> {
  const text = async (offset: number) => String.fromCharCode(...(await readExactly(bytes, offset, 4)));
  const [head, tail] = bytes.size < 12 ? ['', ''] : [await text(0), await text(bytes.size - 4)];
  const is = (what: string) => new FileFormatError(`parquetRows: ${bytes.name} ${what}`, { cause });
  if (tail === 'PARE' || head === 'PARE') return is('is encrypted, which cannot be read here');
  if (head !== 'PAR1') return is('is not a Parquet file: it does not begin with PAR1');
  if (tail !== 'PAR1')
    return is('is cut short: a Parquet file ends with PAR1, after the footer that says what is in it');
  return is(`has a damaged footer: ${cause instanceof Error ? cause.message : cause}`);
}
