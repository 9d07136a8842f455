import type { ArrayField } from '../data/array-field';
import { batchFields } from '../data/batch';
import { type ByteSource, toByteSource } from '../data/byte-source';
import { checkFieldNames } from '../data/check-field-names';
import { namesElsewhere } from '../data/names-elsewhere';
import type { FieldShapes, Fields } from '../data/row-reader';
import { checkCount } from '../ops/check';
import { checkKeys } from '../ops/check-keys';
import { checkChunks } from './check-chunks';
import { ARRAYS, decodeGroup } from './decode-group';
import { type FieldPlan, planField, rowBytes } from './field-plan';
import { GroupCache } from './group-cache';
import type { ParquetReader, ParquetRowsOptions } from './options';
import { openParquet } from './parquet-file';

/** How many row groups are held, unless told otherwise. */
const DEFAULT_WINDOW = 4;

/** What they may take, unless told otherwise. */
const DEFAULT_BYTES = 2 ** 30;

/**
 * The rows of a Parquet file, read when their batch is due: row group by row group, and of these only the columns that
 * are wanted. Needs the package `hyparquet`.
 *
 * `fit` goes through the row groups in a seeded order and mixes the rows of `window` groups at a time. So many decoded
 * groups are held in memory (`windowBytes` of the reader), and each is read once an epoch. Floats of any width become
 * float32, whole numbers int32 (uint8 where the file says so; booleans too), byte strings uint8; shapes are those of
 * `ParquetField`. Nulls, text, dates, structs and lists of differing length are refused by name. Write files for
 * training with row groups of some thousand rows: a group is decoded as a whole.
 *
 * @param file The file, such as `urlBytes(url)`, `fileBytes(path)` or a `File` that the user of a page picked.
 * @param options Which columns are which field; how many row groups are held.
 * @returns A reader; `close()` closes the source.
 * @throws FileFormatError When the file is not a Parquet file, is cut short or damaged, has no rows or no such column.
 * @throws Error When a column cannot be put into a batch, or its compression is not known.
 * @example
 * ```ts no-run
 * import { urlBytes } from 'tfjs-vae';
 * import { parquetRows } from 'tfjs-vae/parquet';
 *
 * const rows = await parquetRows(await urlBytes('https://example.org/digits.parquet'), {
 *   fields: { x: { columns: 'pixels', shape: [28, 28, 1], scale: 1 / 255 }, labels: 'digit' },
 * });
 * await trainer.fit(rows, { epochs: 10 });
 * await rows.close();
 * ```
 */
export async function parquetRows(file: ByteSource | Blob, options: ParquetRowsOptions): Promise<ParquetReader> {
  checkKeys('parquetRows', options, ['fields', 'window', 'compressors'], { columns: 'fields' }, ['fields']);
  const { fields, window, compressors = {} } = options;
  const bytes = toByteSource('parquetRows: file', file);
  checkFieldNames('parquetRows: fields', fields, namesElsewhere);
  if (fields.x === undefined) throw new Error('parquetRows: fields must name the columns that are x');
  if (window !== undefined) checkCount('parquetRows', 'window', window);

  const parquet = await openParquet(bytes);
  const { groups, size } = parquet;
  const names = batchFields.filter(name => fields[name] !== undefined);
  const plans = names.map(name => planField(parquet, name, fields[name]!));
  checkChunks(
    parquet,
    plans.flatMap(({ columns }) => columns),
    compressors,
  );
  const bytesOf = largest(groups.map(({ rows }) => rows * rowBytes(plans)));
  const held = window ?? defaultWindow(bytesOf);
  const load = (index: number, signal?: AbortSignal) =>
    decodeGroup(parquet, plans, groups[index]!, compressors, signal);
  const cache = new GroupCache(held, load);
  const starts = groups.map(({ start }) => start);
  let isClosed = false;
  let last: Promise<unknown> = Promise.resolve();

  const read = async (rows: Uint32Array, signal?: AbortSignal): Promise<Fields> => {
    if (isClosed) throw new Error(`parquetRows: ${bytes.name} has been closed`);
    signal?.throwIfAborted();
    const into = plans.map(plan => emptyField(plan, rows.length));
    const places = byGroup(rows, starts, size);
    await cache.forEach(
      places.keys(),
      (index, content) => {
        for (const [i, { width }] of plans.entries()) {
          const [from, to] = [content[i]!, into[i]!.values];
          for (const place of places.get(index)!) {
            const start = (rows[place]! - starts[index]!) * width;
            to.set(from.subarray(start, start + width), place * width);
          }
        }
      },
      signal,
    );
    return Object.fromEntries(names.map((name, i) => [name, into[i]])) as Fields;
  };

  const weights = plans[names.indexOf('weights')];
  return {
    kind: 'rowReader',
    size,
    shapes: Object.fromEntries(names.map((name, i) => [name, [size, ...plans[i]!.shape]])) as unknown as FieldShapes,
    blocks: starts,
    window: held,
    windowBytes: bytesOf(held),
    read(rows, signal) {
      // One after the other, so that no more groups are held than told.
      const reading = last.then(() => read(rows, signal));
      last = reading.catch(() => {});
      return reading;
    },
    ...(weights && {
      async meanWeight() {
        let sum = 0;
        for (const group of groups) {
          const [values] = await decodeGroup(parquet, [weights], group, compressors);
          for (const value of values!) sum += value * (weights.scale ?? 1);
        }
        return sum / size;
      },
    }),
    async close() {
      isClosed = true;
      cache.clear();
      await bytes.close?.();
    },
  };
}

function defaultWindow(bytesOf: (count: number) => number): number {
  let window = DEFAULT_WINDOW;
  while (window > 1 && bytesOf(window) > DEFAULT_BYTES) window--;
  return window;
}

/** The bytes of so many of the largest groups. */
function largest(sizes: readonly number[]): (count: number) => number {
  const descending = [...sizes].sort((a, b) => b - a);
  return count => descending.slice(0, count).reduce((sum, bytes) => sum + bytes, 0);
}

function emptyField({ type, width, shape, scale }: FieldPlan, count: number): ArrayField {
  const values = new ARRAYS[type](count * width);
  return { values, shape: [count, ...shape], ...(scale !== undefined && { scale }) };
}

/** The places in `rows` by the group that they lie in, in the order in which groups first come. */
function byGroup(rows: Uint32Array, starts: readonly number[], size: number): Map<number, number[]> {
  const groups = new Map<number, number[]>();
  for (const [place, row] of rows.entries()) {
    if (row >= size) throw new Error(`parquetRows: there are ${size} rows, got the index ${row}`);
    const index = groupOf(row, starts);
    const places = groups.get(index);
    if (places) places.push(place);
    else groups.set(index, [place]);
  }
  return groups;
}

function groupOf(row: number, starts: readonly number[]): number {
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (starts[middle]! <= row) low = middle;
    else high = middle - 1;
  }
  return low;
}
