import { checkCount } from '../ops/check';
import type { ArrayField } from './array-field';
import { type Batch, batchFields } from './batch';
import { checkFieldNames } from './check-field-names';
import { namesElsewhere } from './names-elsewhere';

/** The fields of a data set on the host, all of one length. */
export type Fields = {
  /** The data. */
  x: ArrayField;
} & { [K in keyof Batch]?: ArrayField };

/** The shape of each field, `[count, …event]`. */
export type FieldShapes = {
  /** The shape of the data, `[count, …event]`. */
  readonly x: readonly number[];
} & { readonly [K in keyof Batch]?: readonly number[] };

/**
 * Rows that are read when their batch is due, for data larger than memory: `idxRows` and `rawRows` make one, and so can
 * you, over a database for example.
 *
 * Unlike a stream it has a size and can be read anywhere, so batches are shuffled over the whole set, and training goes
 * on at any of them. `fit` and `evaluate` read one batch ahead while a step runs, one `read` at a time. Whoever made
 * a reader closes it.
 *
 * @example
 * ```ts
 * const squares = {
 *   kind: 'rowReader' as const,
 *   size: 1e6,
 *   shapes: { x: [1e6, 1] },
 *   async read(rows: Uint32Array) {
 *     return { x: { values: Float32Array.from(rows, i => (i / 1e6) ** 2), shape: [rows.length, 1] } };
 *   },
 * };
 * await trainer.fit(squares, { epochs: 1 });
 *
 * // A reader made of another: with the labels as a condition.
 * const digits = await idxRows({ x: new Blob(), labels: new Blob() }); // files that the user picked
 * const conditional = {
 *   ...digits,
 *   shapes: { ...digits.shapes, condition: [digits.size, 10] },
 *   async read(rows: Uint32Array, signal?: AbortSignal) {
 *     const fields = await digits.read(rows, signal);
 *     return { ...fields, condition: oneHot(fields.labels!.values, 10) };
 *   },
 * };
 * await trainer.fit(conditional, { epochs: 1 });
 * ```
 */
export interface RowReader {
  /** Tells it from other forms of data. */
  readonly kind: 'rowReader';
  /** Number of rows. */
  readonly size: number;
  /** The shape of each field of the whole, `[size, …event]`. */
  readonly shapes: FieldShapes;
  /**
   * The rows of every field in the order of `rows`, `[rows.length, …event]`.
   *
   * @param rows Indices from 0 to `size − 1`.
   * @param signal Aborted when the rows are no longer wanted; after that, `fit` waits for them for at most a second.
   */
  read(rows: Uint32Array, signal?: AbortSignal): Promise<Fields>;
  /**
   * Where blocks begin, for rows that can only be read in blocks, such as the row groups of a Parquet file: the first
   * row of each, ascending from 0. `fit` then takes the blocks in a seeded order and mixes the rows of `window` of them
   * at a time, so that a batch does not touch every block. Where a window has more rows than a batch, the rows of one
   * `read` come from at most two windows.
   */
  readonly blocks?: readonly number[];
  /** How many blocks it holds at a time, so that none is read twice in an epoch. Default 4. */
  readonly window?: number;
  /**
   * The mean of all weights, where there are some. A step divides by it, so that batches of any size count alike;
   * where it is missing, a step divides by the mean of the examples so far.
   */
  meanWeight?(): Promise<number>;
  /** Gives files back; nothing can be read any more. */
  close?(): Promise<void>;
}

/** A `RowReader` over open files, which whoever made it closes. */
export type OpenRowReader = RowReader & Required<Pick<RowReader, 'close'>>;

export function isRowReader(data: object): data is RowReader {
  return 'kind' in data && data.kind === 'rowReader';
}

/** @throws When what a reader says of itself does not go together. */
export function checkReader(owner: string, { size, shapes, read, blocks, window }: RowReader): void {
  if (typeof read !== 'function') throw new Error(`${owner}: a RowReader must have a method read(rows)`);
  if (!Number.isSafeInteger(size) || size < 0 || size > 2 ** 32) {
    throw new Error(`${owner}: the size of a RowReader must be a whole number up to 2³², got ${size}`);
  }
  if (size === 0) throw new Error(`${owner}: the reader has no rows; at least one example is needed`);
  if (blocks !== undefined) checkBlocks(owner, size, blocks);
  if (window !== undefined) checkCount(owner, 'window of a RowReader', window);
  if (!shapes?.x) throw new Error(`${owner}: a RowReader must give the shape of x in its shapes`);
  checkFieldNames(`${owner}: shapes`, shapes, namesElsewhere);
  for (const [name, shape] of Object.entries(shapes)) {
    if (shape[0] !== size) {
      throw new Error(`${owner}: the shape of ${name} must begin with the size of the reader, ${size}, got [${shape}]`);
    }
  }
}

function checkBlocks(owner: string, size: number, blocks: readonly number[]): void {
  const isList = Array.isArray(blocks);
  const wrong = isList
    ? blocks.findIndex(
        (row, i) => !(Number.isSafeInteger(row) && (i === 0 ? row === 0 : row > blocks[i - 1]! && row < size)),
      )
    : -1;
  if (isList && blocks.length > 0 && wrong < 0) return;
  const got = !isList ? `got ${typeof blocks}` : wrong < 0 ? 'got none' : `got ${blocks[wrong]} as number ${wrong}`;
  throw new Error(
    `${owner}: blocks of a RowReader must be the first row of each block, ascending from 0 and below its size, ${size}, ${got}`,
  );
}

/** @throws When `read` gave other fields or shapes than the reader announced. */
export function checkRead(owner: string, { shapes }: RowReader, count: number, fields: Fields): void {
  for (const name of batchFields) {
    const expected = shapes[name] && [count, ...shapes[name].slice(1)];
    const got = fields?.[name]?.shape;
    if (String(got) !== String(expected)) {
      throw new Error(`${owner}: the reader announced ${name} ${show(expected)}, but read gave ${show(got)}`);
    }
  }
}

function show(shape: readonly number[] | undefined): string {
  return shape ? `[${shape}]` : 'none';
}
