import { checkCounts } from '../ops/check';
import { checkKeys } from '../ops/check-keys';
import { sizeOfShape } from '../ops/shape';
import type { ArrayField } from './array-field';
import { type ByteSource, toByteSource } from './byte-source';
import { fieldReader } from './field-reader';
import { FileFormatError } from './file-format-error';
import type { OpenRowReader } from './row-reader';

/** How the numbers of a file are stored; more than one byte little-endian. */
export type RawType = 'uint8' | 'int32' | 'float32';

/** What `rawRows` takes beside the bytes. */
export type RawOptions = {
  /** The event shape, `[28, 28, 1]` for example. */
  shape: readonly number[];
  /** How numbers are stored. */
  dtype: RawType;
  /** What a value is multiplied by when it is put into a batch; 1 unless given. `1 / 255` for uint8 pixels. */
  scale?: number;
  /** Bytes before the first row, such as those of a header; 0 unless given. */
  offset?: number;
};

/** Sizes in bytes, and views: typed arrays are little-endian wherever TensorFlow.js runs. */
const decoders: Record<RawType, { bytes: number; decode(b: Uint8Array): ArrayField['values'] }> = {
  uint8: { bytes: 1, decode: (b: Uint8Array): ArrayField['values'] => b },
  int32: { bytes: 4, decode: (b: Uint8Array): ArrayField['values'] => new Int32Array(b.buffer) },
  float32: { bytes: 4, decode: (b: Uint8Array): ArrayField['values'] => new Float32Array(b.buffer) },
};

/**
 * Rows of plain numbers, as `numpy.ndarray.tofile` writes them, read when their batch is due.
 *
 * @param x `[count, …shape]` numbers; the count follows from the size.
 * @param options Event shape and type.
 * @returns A reader whose field is x; `close()` closes the source.
 * @throws FileFormatError When the bytes are not a whole number of rows.
 * @example
 * ```ts
 * const file = new Blob([new Uint8Array(100 * 784)]);
 * const reader = rawRows(file, { shape: [784], dtype: 'uint8', scale: 1 / 255 });
 * console.log(reader.size); // 100
 * ```
 */
export function rawRows(x: ByteSource | Blob, options: RawOptions): OpenRowReader {
  checkKeys('rawRows', options, ['shape', 'dtype', 'scale', 'offset']);
  const { shape, dtype, scale, offset = 0 } = options;
  const bytes = toByteSource('rawRows: x', x);
  const type = decoders[dtype];
  if (!type) throw new Error(`rawRows: dtype must be one of ${Object.keys(decoders).join(', ')}, got ${dtype}`);
  checkCounts('rawRows', 'shape', shape);
  if (!Number.isSafeInteger(offset) || offset < 0) {
    throw new Error(`rawRows: offset must be a whole number of bytes, got ${offset}`);
  }
  const rowBytes = type.bytes * sizeOfShape(shape);
  const count = (bytes.size - offset) / rowBytes;
  if (!Number.isInteger(count) || count < 1) {
    throw new FileFormatError(
      `rawRows: ${bytes.name} holds ${bytes.size - offset} bytes of rows, which is not a positive multiple of the ${rowBytes} bytes of a row [${shape}] of ${dtype}: it is cut short, or has a header to skip with offset`,
    );
  }
  return fieldReader('rawRows', {
    x: { bytes, offset, rowBytes, shape: [count, ...shape], decode: type.decode, scale },
  });
}
