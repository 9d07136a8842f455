import type { Batch } from '../data/batch';
import type { OpenRowReader } from '../data/row-reader';

/**
 * Which columns are a field of the data.
 *
 * One name: a column of numbers gives `[rows]`, one of lists or of bytes `[rows, length]`. A list of names: columns of
 * numbers, side by side as `[rows, names]`. An object says more.
 */
export type ParquetField =
  | string
  | readonly string[]
  | {
      /** One name, or several of columns of numbers. */
      columns: string | readonly string[];
      /** The event shape, `[28, 28, 1]` for example. Needed for byte strings whose length the schema does not tell. */
      shape?: readonly number[];
      /** What a value is multiplied by when it is put into a batch; 1 unless given. `1 / 255` for pixels. */
      scale?: number;
    };

/** Decompressors by the name of their codec, such as `compressors` of the package `hyparquet-compressors`. */
export type Compressors = Readonly<Record<string, (input: Uint8Array, outputLength: number) => Uint8Array>>;

/** What `parquetRows` takes beside the bytes. */
export type ParquetRowsOptions = {
  /** The columns of each field of the data, `{ x: 'pixels', labels: 'digit' }` for example. */
  fields: {
    /** The data. */
    x: ParquetField;
  } & { [K in keyof Batch]?: ParquetField };
  /**
   * How many row groups are held in memory, and mixed by `fit`. Default 4, or as many as fit into 1 GiB, at least one.
   */
  window?: number;
  /** Decompressors of codecs other than Snappy. */
  compressors?: Compressors;
};

/** What `parquetRows` returns. */
export type ParquetReader = OpenRowReader & {
  /** The first row of each row group; groups without rows are left out. */
  readonly blocks: readonly number[];
  /** How many row groups are held in memory. */
  readonly window: number;
  /** Bytes that the largest of them take together, decoded: what the reader holds at most between two reads. */
  readonly windowBytes: number;
};
