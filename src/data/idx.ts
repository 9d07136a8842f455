import type { ArrayField } from './array-field';
import { FileFormatError } from './file-format-error';
import { gunzip, isGzip } from './gunzip';

/** What the third byte of an idx file stands for. Types without a field of their own take the next wider one. */
const TYPES: Record<number, { bytes: number; read: (view: DataView, count: number) => ArrayField['values'] }> = {
  8: { bytes: 1, read: (view, count) => new Uint8Array(view.buffer, view.byteOffset, count) },
  9: { bytes: 1, read: (view, count) => fill(new Int32Array(count), i => view.getInt8(i)) },
  11: { bytes: 2, read: (view, count) => fill(new Int32Array(count), i => view.getInt16(2 * i)) },
  12: { bytes: 4, read: (view, count) => fill(new Int32Array(count), i => view.getInt32(4 * i)) },
  13: { bytes: 4, read: (view, count) => fill(new Float32Array(count), i => view.getFloat32(4 * i)) },
  14: { bytes: 8, read: (view, count) => fill(new Float32Array(count), i => view.getFloat64(8 * i)) },
};

/**
 * The array in an idx file, the format of MNIST: two zero bytes, type, rank, big-endian sizes, big-endian values.
 *
 * uint8 values are a view of `bytes`, not a copy. int8 and int16 come as `Int32Array`, float64 is rounded to float32.
 * Nothing is allocated before the length that the header announces has been compared with the length of the file.
 *
 * Format: LeCun, Cortes, Burges, "The MNIST database", section "File formats".
 *
 * @param bytes The whole file, not compressed; `readIdx` takes gzip too.
 * @returns `{ values, shape }`; `shape` is as the file has it, `[count, height, width]` for images.
 * @throws FileFormatError When the header does not belong to an idx file, or the file is shorter or longer than the
 * header says.
 * @example
 * ```ts
 * const { values, shape } = parseIdx(new Uint8Array([0, 0, 8, 1, 0, 0, 0, 3, 7, 8, 9])); // 7 8 9, [3]
 * ```
 */
export function parseIdx(bytes: ArrayBuffer | Uint8Array): ArrayField {
  const view = ArrayBuffer.isView(bytes)
    ? new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    : new DataView(bytes);
  const found = Array.from({ length: Math.min(4, view.byteLength) }, (_, i) => view.getUint8(i));
  const [zero0, zero1, code, rank] = found;
  if (rank === undefined || zero0 !== 0 || zero1 !== 0) {
    throw new FileFormatError(
      `parseIdx: not an idx file: expected it to begin with 0 0 <type> <rank>, got ${list(found)}`,
    );
  }
  const type = TYPES[code!];
  if (!type) {
    throw new FileFormatError(`parseIdx: unknown type ${code}: expected one of ${Object.keys(TYPES).join(' ')}`);
  }
  const header = 4 + 4 * rank;
  if (rank === 0 || view.byteLength < header) {
    throw new FileFormatError(`parseIdx: a header of rank ${rank} does not fit a file of ${view.byteLength} bytes`);
  }
  const shape = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  // Zeros are left out at first: an infinite product times 0 would be NaN.
  const product = shape.reduce((a, n) => (n === 0 ? a : a * n), 1);
  if (!Number.isSafeInteger(product)) {
    throw new FileFormatError(`parseIdx: the header announces [${shape.slice(0, 8)}…], more than 2^53 − 1 values`);
  }
  const expected = header + (shape.includes(0) ? 0 : product) * type.bytes;
  if (view.byteLength !== expected) {
    throw new FileFormatError(
      `parseIdx: the header announces [${shape}], ${expected} bytes in all, but the file has ${view.byteLength}: ` +
        `it is ${view.byteLength < expected ? 'cut short' : 'too long'}`,
    );
  }
  const body = new DataView(view.buffer, view.byteOffset + header);
  return { values: type.read(body, (expected - header) / type.bytes), shape };
}

/**
 * `parseIdx` for a file that may be gzip'd: unpacked by the platform's own `DecompressionStream`, in Node and browsers.
 *
 * @param bytes The whole file as it came; gzip is known by its first two bytes.
 * @returns As `parseIdx`.
 * @throws FileFormatError When the gzip data is damaged or cut short, or grow beyond 256 MiB and a hundred times their
 * packed size, as only a trap or a file of almost nothing but zeros does; and as `parseIdx`.
 * @example
 * ```ts
 * const response = await fetch('https://storage.googleapis.com/cvdf-datasets/mnist/t10k-images-idx3-ubyte.gz');
 * const { values, shape } = await readIdx(await response.arrayBuffer()); // [10000, 28, 28]
 * ```
 */
export async function readIdx(bytes: ArrayBuffer | Uint8Array): Promise<ArrayField> {
  return parseIdx(isGzip(bytes) ? await gunzip(bytes) : bytes);
}

/** Ten times as fast as `from` with a function. */
function fill<A extends Int32Array | Float32Array>(array: A, value: (i: number) => number): A {
  for (let i = 0; i < array.length; i++) array[i] = value(i);
  return array;
}

function list(found: number[]): string {
  return found.length > 0 ? found.join(' ') : 'an empty file';
}
