import type { ArrayField } from './array-field';
import type { Batch } from './batch';
import { type ByteSource, readExactly } from './byte-source';
import type { FieldShapes, Fields, OpenRowReader } from './row-reader';

/** A field whose rows lie one after the other in a file. */
export type StoredField = {
  bytes: ByteSource;
  /** Where the first row begins, in bytes. */
  offset: number;
  rowBytes: number;
  /** `[count, …event]`. */
  shape: readonly number[];
  /** Decodes the values of `count` rows; the bytes are aligned and may be kept. */
  decode(bytes: Uint8Array, count: number): ArrayField['values'];
  scale?: number | undefined;
};

/** Rows further apart than a page of the disk are read one by one: the bytes between would cost more than a read. */
const NEAR = 4096;

/** The rows of fields in files. */
export function fieldReader(
  owner: string,
  fields: { x: StoredField } & { [K in keyof Batch]?: StoredField },
): OpenRowReader {
  const { weights } = fields;
  const named = Object.entries(fields) as [keyof Batch, StoredField][];
  const size = fields.x.shape[0]!;
  return {
    kind: 'rowReader',
    size,
    shapes: Object.fromEntries(named.map(([name, { shape }]) => [name, shape])) as FieldShapes,
    async read(rows, signal) {
      const outside = rows.find(row => row >= size);
      if (outside !== undefined) throw new Error(`${owner}: there are ${size} rows, got the index ${outside}`);
      return Object.fromEntries(
        await allSettled(named.map(async ([name, field]) => [name, await readField(field, rows, signal)] as const)),
      ) as Fields;
    },
    ...(weights && { meanWeight: () => meanOf(weights) }),
    async close() {
      await allSettled([...new Set(named.map(([, { bytes }]) => bytes))].map(async bytes => bytes.close?.()));
    },
  };
}

/** Checked without a copy of the list, since there may be millions of rows. */
async function meanOf(field: StoredField): Promise<number> {
  const count = field.shape[0]!;
  let sum = 0;
  for (let first = 0; first < count; first += 2 ** 20) {
    const rows = Uint32Array.from({ length: Math.min(2 ** 20, count - first) }, (_, i) => first + i);
    const { values, scale = 1 } = await readField(field, rows);
    for (const value of values) sum += value * scale;
  }
  return sum / count;
}

async function readField(field: StoredField, rows: Uint32Array, signal?: AbortSignal): Promise<ArrayField> {
  const { bytes, offset, rowBytes, shape, scale } = field;
  // Each batch gets its own buffer: a reused one would change while somebody still looks at the last batch.
  const into = new Uint8Array(rows.length * rowBytes);
  // All at once, so that they are under way before a step takes the thread.
  await allSettled(
    stretches(rows, rowBytes).map(async places => {
      const first = rows[places[0]!]!;
      const length = (rows[places.at(-1)!]! - first + 1) * rowBytes;
      const got = await readExactly(bytes, offset + first * rowBytes, length, signal);
      for (const place of places) {
        const start = (rows[place]! - first) * rowBytes;
        into.set(got.subarray(start, start + rowBytes), place * rowBytes);
      }
    }),
  );
  const values = field.decode(into, rows.length);
  return { values, shape: [rows.length, ...shape.slice(1)], ...(scale !== undefined && { scale }) };
}

/** Places in `rows`, ordered by row, in groups that are near enough to be read at once. */
function stretches(rows: Uint32Array, rowBytes: number): Uint32Array[] {
  const places = Uint32Array.from(rows.keys()).sort((a, b) => rows[a]! - rows[b]!);
  const groups: Uint32Array[] = [];
  let start = 0;
  for (let i = 1; i <= places.length; i++) {
    if (i < places.length && (rows[places[i]!]! - rows[places[i - 1]!]! - 1) * rowBytes <= NEAR) continue;
    groups.push(places.subarray(start, i));
    start = i;
  }
  return groups;
}

/** `Promise.all` that leaves nothing under way when one fails. */
async function allSettled<T>(promises: Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}
