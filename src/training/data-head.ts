import { type ArrayField, rowSize } from '../data/array-field';
import { batchFields } from '../data/batch';
import type { Fields } from '../data/row-reader';
import type { Source } from '../data/source';
import { crc32 } from '../io/checksum';
import type { Json } from './callbacks';

/** How many of the first rows are looked at. */
const ROWS = 16;
const known = new WeakMap<Source, Json>();

/**
 * The shape of each field of the data and a checksum of its first rows, as they come into batches. A stream has none:
 * reading them would take them from it.
 *
 * @param mayRead Whether a reader may be read now; if not, what was read before.
 */
export async function headOf(source: Source, mayRead: boolean): Promise<Json | undefined> {
  if (source.kind === 'stream') return { unknown: 'a stream' };
  const found = known.get(source);
  if (found !== undefined) return found;
  if (source.kind === 'reader' && !mayRead) return undefined;
  const rows = Math.min(ROWS, source.size);
  const fields =
    source.kind === 'rows' ? source.fields : await source.reader.read(Uint32Array.from({ length: rows }, (_, i) => i));
  const head = { size: source.size, ...ofFields(fields, rows) };
  known.set(source, head);
  return head;
}

function ofFields(fields: Fields, rows: number): { [name: string]: Json } {
  return Object.fromEntries(
    batchFields.flatMap(name => {
      const field = fields[name];
      return field ? [[name, { shape: field.shape.slice(1), firstRows: checksum(field, rows) }]] : [];
    }),
  );
}

function checksum(field: ArrayField, rows: number): string {
  const { values, scale = 1 } = field;
  const numbers = Float32Array.from(values.subarray(0, rows * rowSize(field)), value => value * scale);
  return crc32(new Uint8Array(numbers.buffer)).toString(16).padStart(8, '0');
}
