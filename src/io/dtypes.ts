import { FileFormatError } from '../data/file-format-error';

/** Numbers on the host, with the dtype and shape of the tensor that they are for. */
export type TensorRecord = {
  /** The dtype as tfjs names it; the values are a `Float32Array`, an `Int32Array` or a `Uint8Array` in turn. */
  dtype: 'float32' | 'int32' | 'bool';
  /** The shape, as tensors have it: `[]` is a scalar. */
  shape: readonly number[];
  /** All values, row by row; 0 or 1 where `dtype` is bool. */
  values: Float32Array | Int32Array | Uint8Array;
};

/** How a dtype of the file becomes one of tfjs. `body` begins at the tensor's first byte and ends with its last. */
export type StoredDtype = {
  bytes: number;
  dtype: TensorRecord['dtype'];
  read(body: DataView, count: number): TensorRecord['values'];
};

/**
 * The dtypes that are read, by the format's own names. The others (8-bit floats, complex numbers) have no equal in
 * tfjs.
 */
export const STORED_DTYPES: ReadonlyMap<string, StoredDtype> = new Map<string, StoredDtype>([
  ['F32', { bytes: 4, dtype: 'float32', read: (v, n) => new Float32Array(...aligned(v, n, 4)) }],
  ['F64', floats(8, (v, i) => narrow(v.getFloat64(8 * i, true)))],
  ['F16', floats(2, (v, i) => fromHalf(v.getUint16(2 * i, true)))],
  // The upper half of a float32, widened as bits.
  ['BF16', { bytes: 2, dtype: 'float32', read: widenBfloat16 }],
  ['I32', { bytes: 4, dtype: 'int32', read: (v, n) => new Int32Array(...aligned(v, n, 4)) }],
  ['I64', ints(8, (v, i) => within32(v.getBigInt64(8 * i, true)))],
  ['U64', ints(8, (v, i) => within32(v.getBigUint64(8 * i, true)))],
  ['U32', ints(4, (v, i) => within32(v.getUint32(4 * i, true)))],
  ['I16', ints(2, (v, i) => v.getInt16(2 * i, true))],
  ['U16', ints(2, (v, i) => v.getUint16(2 * i, true))],
  ['I8', ints(1, (v, i) => v.getInt8(i))],
  ['U8', ints(1, (v, i) => v.getUint8(i))],
  ['BOOL', { bytes: 1, dtype: 'bool', read: booleans }],
]);

/**
 * The dtypes that are written, in the order in which the reference implementation lays tensors out: large alignment
 * first.
 */
export const WRITTEN_DTYPES = {
  float32: { rank: 0, code: 'F32', bytes: 4, array: Float32Array },
  int32: { rank: 1, code: 'I32', bytes: 4, array: Int32Array },
  bool: { rank: 2, code: 'BOOL', bytes: 1, array: Uint8Array },
} as const;

/** Number of elements of a shape, or undefined where it is beyond what float64 counts exactly. */
export function elementCount(shape: readonly number[]): number | undefined {
  // Zeros are left out at first: an infinite product times 0 would be NaN.
  const product = shape.reduce((a, n) => (n === 0 ? a : a * n), 1);
  if (!Number.isSafeInteger(product)) return undefined;
  return shape.includes(0) ? 0 : product;
}

/**
 * Arguments for a typed array over the bytes, or over a copy where they do not lie on its grid.
 *
 * Typed arrays have the machine's byte order; as tfjs's own weight files do, this takes it to be little-endian.
 */
function aligned(body: DataView, count: number, bytes: number): [ArrayBufferLike, number, number] {
  if (body.byteOffset % bytes === 0) return [body.buffer, body.byteOffset, count];
  return [body.buffer.slice(body.byteOffset, body.byteOffset + count * bytes), 0, count];
}

function floats(bytes: number, get: (body: DataView, i: number) => number): StoredDtype {
  const read = (body: DataView, count: number) => fill(new Float32Array(count), i => get(body, i));
  return { bytes, dtype: 'float32', read };
}

function ints(bytes: number, get: (body: DataView, i: number) => number): StoredDtype {
  const read = (body: DataView, count: number) => fill(new Int32Array(count), i => get(body, i));
  return { bytes, dtype: 'int32', read };
}

function fill<A extends Float32Array | Int32Array>(array: A, value: (i: number) => number): A {
  for (let i = 0; i < array.length; i++) array[i] = value(i);
  return array;
}

function narrow(value: number): number {
  const rounded = Math.fround(value);
  if (Number.isFinite(value) && !Number.isFinite(rounded)) {
    throw new FileFormatError(`the value ${value} is beyond float32`);
  }
  return rounded;
}

function within32(value: bigint | number): number {
  if (value < -(2 ** 31) || value >= 2 ** 31) throw new FileFormatError(`the value ${value} is beyond int32`);
  return Number(value);
}

/** IEEE 754 binary16: sign, 5 bits of exponent, 10 bits of fraction. */
function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function widenBfloat16(body: DataView, count: number): Float32Array {
  const bits = new Uint32Array(count);
  for (let i = 0; i < count; i++) bits[i] = body.getUint16(2 * i, true) << 16;
  return new Float32Array(bits.buffer);
}

function booleans(body: DataView, count: number): Uint8Array {
  const values = new Uint8Array(body.buffer, body.byteOffset, count);
  const wrong = values.find(value => value > 1);
  if (wrong !== undefined) throw new FileFormatError(`a BOOL is 0 or 1, got ${wrong}`);
  return values;
}
