import { type Batch, batchFields } from '../data/batch';
import { type ByteSource, readExactly, toByteSource } from '../data/byte-source';
import { checkFieldNames } from '../data/check-field-names';
import { fieldReader, type StoredField } from '../data/field-reader';
import { FileFormatError } from '../data/file-format-error';
import { namesElsewhere } from '../data/names-elsewhere';
import type { OpenRowReader } from '../data/row-reader';
import { checkKeys } from '../ops/check-keys';
import { MAX_HEADER_BYTES, readHeader, type SafetensorsHeader, type TensorEntry } from './safetensors-header';

/** What `safetensorsRows` takes beside the bytes. */
export type SafetensorsRowsOptions = {
  /** The name in the file of each field of the data, `{ x: 'images' }` for example. */
  fields: {
    /** The data. */
    x: string;
  } & { [K in keyof Batch]?: string };
  /** What a value of x and target is multiplied by when it is put into a batch; 1 unless given. */
  scale?: number;
};

/**
 * The rows of tensors in a safetensors file, read when their batch is due.
 *
 * dtypes become those that `readSafetensors` gives.
 *
 * @param file The file; all of its header is checked, its tensors are not read.
 * @param options Which tensor is which field; their first axes have one length.
 * @returns A reader; `close()` closes the source.
 * @throws FileFormatError When the header breaks a rule of the format, a tensor is not there, or rows are not as many.
 * @example
 * ```ts
 * const images = { dtype: 'float32', shape: [2, 3], values: new Float32Array(6) } as const;
 * const file = new Blob([writeSafetensors({ images }) as Uint8Array<ArrayBuffer>]);
 * const reader = await safetensorsRows(file, { fields: { x: 'images' } });
 * console.log(reader.shapes.x); // [2, 3]
 * ```
 */
export async function safetensorsRows(
  file: ByteSource | Blob,
  options: SafetensorsRowsOptions,
): Promise<OpenRowReader> {
  checkKeys('safetensorsRows', options, ['fields', 'scale']);
  const { fields, scale } = options;
  const bytes = toByteSource('safetensorsRows: file', file);
  checkFieldNames('safetensorsRows: fields', fields, namesElsewhere);
  if (fields.x === undefined) throw new Error('safetensorsRows: fields must name the tensor that is x');
  const { entries, dataStart } = await headerOf(bytes);
  const stored: { [K in keyof Batch]?: StoredField } = {};
  for (const name of batchFields) {
    const wanted = fields[name];
    if (wanted === undefined) continue;
    const scaled = name === 'x' || name === 'target' ? scale : undefined;
    stored[name] = { ...storedField(bytes, find(bytes, entries, wanted), dataStart), scale: scaled };
  }
  const counts = Object.entries(stored).map(([name, { shape }]) => [name, shape[0]!] as const);
  if (counts.some(([, count]) => count !== counts[0]![1])) {
    const got = counts.map(([name, count]) => `${name} ${count}`).join(', ');
    throw new FileFormatError(`safetensorsRows: ${bytes.name}: fields must have one length, got ${got}`);
  }
  return fieldReader('safetensorsRows', stored as { x: StoredField });
}

async function headerOf(bytes: ByteSource): Promise<SafetensorsHeader> {
  const start = await readExactly(bytes, 0, Math.min(8, bytes.size));
  const announced = start.length < 8 ? 0 : Number(new DataView(start.buffer, start.byteOffset).getBigUint64(0, true));
  // A length that cannot be is left to readHeader, which refuses it by these 8 bytes alone.
  const fits = announced <= Math.min(MAX_HEADER_BYTES, bytes.size - 8);
  const head = fits ? await readExactly(bytes, 0, 8 + announced) : start;
  try {
    return readHeader(head, bytes.size);
  } catch (cause) {
    throw new FileFormatError(`safetensorsRows: ${bytes.name}: ${(cause as Error).message}`, { cause });
  }
}

function find(bytes: ByteSource, entries: readonly TensorEntry[], name: string): TensorEntry {
  const entry = entries.find(e => e.name === name);
  if (entry) return entry;
  const names = entries.slice(0, 20).map(e => e.name);
  throw new FileFormatError(`safetensorsRows: ${bytes.name} holds no tensor '${name}'; it holds ${names.join(', ')}`);
}

function storedField(bytes: ByteSource, entry: TensorEntry, dataStart: number): StoredField {
  const { name, shape, stored, count, begin, end } = entry;
  if (shape.length === 0 || count === 0) {
    throw new FileFormatError(
      `safetensorsRows: ${bytes.name}: tensor '${name}' must be [count, …event] and not empty, got [${shape}]`,
    );
  }
  const rowSize = count / shape[0]!;
  return {
    bytes,
    offset: dataStart + begin,
    rowBytes: (end - begin) / shape[0]!,
    shape,
    decode: (body, rows) => stored.read(new DataView(body.buffer, body.byteOffset, body.byteLength), rows * rowSize),
  };
}
