import { checkKeys } from '../ops/check-keys';
import { sizeOfShape } from '../ops/shape';
import type { ArrayField } from './array-field';
import { type ByteSource, readExactly, toByteSource } from './byte-source';
import { fieldReader, type StoredField } from './field-reader';
import { FileFormatError } from './file-format-error';
import { isGzip } from './gunzip';
import { parseIdx } from './idx';
import type { OpenRowReader } from './row-reader';

/** What `idxRows` takes. */
export type IdxRowsOptions = {
  /** The idx file of the data. */
  x: ByteSource | Blob;
  /** The idx file of the labels, as many as there are rows. */
  labels?: ByteSource | Blob;
  /** What a value is multiplied by when it is put into a batch; `1 / 255` for pictures and 1 for others unless given. */
  scale?: number;
};

/** Bytes of a value by the third byte of the file. */
const BYTES: Record<number, number> = { 8: 1, 9: 1, 11: 2, 12: 4, 13: 4, 14: 8 };

/**
 * The rows of idx files, the format of MNIST, read when their batch is due.
 *
 * Pictures, uint8 `[count, height, width]`, get a channel axis and the scale 1/255, as those of `mnist` and
 * `readIdxFolder` have; other arrays come as they are.
 *
 * @param options The files; not gzip'd, since nothing can be read from the middle of those.
 * @returns A reader whose fields are x and, where they were given, labels; `close()` closes the sources.
 * @throws FileFormatError When a header does not belong to an idx file, a file is shorter or longer than its header
 * says, or the labels are not as many as the rows.
 * @example
 * ```ts
 * const file = new Blob([new Uint8Array([0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6])]);
 * const reader = await idxRows({ x: file });
 * await reader.read(Uint32Array.of(1)); // 4 5 6
 * ```
 */
export async function idxRows(options: IdxRowsOptions): Promise<OpenRowReader> {
  checkKeys('idxRows', options, ['x', 'labels', 'scale'], { images: 'x' });
  const { x, labels, scale } = options;
  const field = await openIdx(toByteSource('idxRows: x', x));
  const stored = asPictures({ ...field, ...(scale !== undefined && { scale }) });
  if (!labels) return fieldReader('idxRows', { x: stored });
  const classes = await openIdx(toByteSource('idxRows: labels', labels));
  const [count] = stored.shape;
  if (classes.shape.length !== 1 || classes.shape[0] !== count) {
    throw new FileFormatError(
      `idxRows: expected a label for each of ${count} rows, got labels of the shape [${classes.shape}]`,
    );
  }
  return fieldReader('idxRows', { x: stored, labels: classes });
}

type IdxField = StoredField & { isBytes: boolean };

async function openIdx(bytes: ByteSource): Promise<IdxField> {
  const start = await readExactly(bytes, 0, Math.min(4 + 4 * 255, bytes.size));
  if (isGzip(start)) {
    throw new FileFormatError(`idxRows: ${bytes.name} is gzip'd, and cannot be read from the middle; unpack it first`);
  }
  const header = new Uint8Array(start.subarray(0, 4 + 4 * (start[3] ?? 0)));
  const { shape, decode } = parseHeader(bytes.name, header);
  const rowBytes = BYTES[header[2]!]! * sizeOfShape(shape.slice(1));
  const expected = header.length + shape[0]! * rowBytes;
  if (shape.includes(0)) throw new FileFormatError(`idxRows: ${bytes.name} is empty: its shape is [${shape}]`);
  if (bytes.size !== expected) {
    throw new FileFormatError(
      `idxRows: the header of ${bytes.name} announces [${shape}], ${expected} bytes in all, but the file has ${bytes.size}: ` +
        `it is ${bytes.size < expected ? 'cut short' : 'too long'}`,
    );
  }
  return { bytes, offset: header.length, rowBytes, shape, decode, isBytes: header[2] === 8 };
}

/** Checked and decoded by `parseIdx`: a header with another count makes an idx file of any rows. */
function parseHeader(name: string, header: Uint8Array): Pick<StoredField, 'shape' | 'decode'> {
  const withCount = (count: number, body: Uint8Array): ArrayField => {
    const file = new Uint8Array(header.length + body.length);
    file.set(header);
    file.set(body, header.length);
    if (header.length >= 8) new DataView(file.buffer).setUint32(4, count);
    return parseIdx(file);
  };
  try {
    const event = withCount(0, new Uint8Array()).shape.slice(1);
    const count = new DataView(header.buffer).getUint32(4);
    return {
      shape: [count, ...event],
      decode: (body, rows) => (header[2] === 8 ? body : withCount(rows, body).values),
    };
  } catch (cause) {
    throw new FileFormatError(`idxRows: ${name}: ${(cause as Error).message}`, { cause });
  }
}

function asPictures(field: IdxField): StoredField {
  if (!field.isBytes || field.shape.length !== 3) return field;
  return { ...field, shape: [...field.shape, 1], scale: field.scale ?? 1 / 255 };
}
