import { FileFormatError } from '../data/file-format-error';
import { elementCount, type TensorRecord, WRITTEN_DTYPES } from './dtypes';
import { hasLoneSurrogate, quoted } from './header-cursor';
import { MAX_HEADER_BYTES, METADATA_KEY, readHeader } from './safetensors-header';

/** What a safetensors file holds, both in the order of its header. Maps, so that no name is special. */
export type Safetensors = {
  /** The tensors by name. */
  tensors: Map<string, TensorRecord>;
  /** The file's own notes: text by key. */
  metadata: Map<string, string>;
};

/**
 * The tensors and metadata of a safetensors file. Nothing in it is run, and no name in it can reach a prototype.
 *
 * F32, F64, F16 and BF16 come as float32; I8 … I64 and U8 … U64 as int32; BOOL as bool. Values that lie on their grid
 * are views of `bytes`, not copies. Every rule of the format is checked: the header's length, that no key occurs twice
 * in its JSON, shapes, offsets, and that tensors cover the data without holes or overlaps. What is allocated is bounded
 * by a small multiple of the file's size.
 *
 * Format: github.com/huggingface/safetensors, section "Format".
 *
 * @param bytes The whole file.
 * @returns `{ tensors, metadata }`.
 * @throws FileFormatError When a rule is broken, a dtype has no equal in tfjs (8-bit floats, complex numbers), or a
 * value does not fit float32 or int32; the message names the tensor.
 * @example
 * ```ts
 * const file = writeSafetensors({ bias: { dtype: 'float32', shape: [2], values: new Float32Array([1, 2]) } });
 * const { tensors } = readSafetensors(file);
 * const { values, shape, dtype } = tensors.get('bias')!;
 * const bias = tf.tensor(values, [...shape], dtype);
 * ```
 */
export function readSafetensors(bytes: ArrayBuffer | Uint8Array): Safetensors {
  const file = ArrayBuffer.isView(bytes) ? bytes : new Uint8Array(bytes);
  const { entries, metadata, dataStart } = readHeader(file);
  const tensors = new Map<string, TensorRecord>();
  for (const { name, stored, shape, count, begin, end } of entries) {
    const body = new DataView(file.buffer, file.byteOffset + dataStart + begin, end - begin);
    try {
      tensors.set(name, { dtype: stored.dtype, shape, values: stored.read(body, count) });
    } catch (cause) {
      if (!(cause instanceof FileFormatError)) throw cause;
      throw new FileFormatError(`readSafetensors: tensor ${quoted(name)}: ${cause.message}`, { cause });
    }
  }
  return { tensors, metadata };
}

/**
 * A safetensors file of these tensors: the same bytes for the same content, whatever the order of the keys.
 *
 * float32 is written as F32, int32 as I32, bool as BOOL. As the reference implementation does, tensors are sorted by
 * dtype and then by name, and the header is padded with spaces so that data begin at a multiple of 8.
 *
 * Format: github.com/huggingface/safetensors, section "Format".
 *
 * @param tensors By name; any name but `__metadata__`.
 * @param metadata Text by key, such as a model's configuration as JSON.
 * @returns The whole file.
 * @throws When values do not fit dtype and shape, or a name or text cannot be written as UTF-8.
 * @example
 * ```ts
 * const mean = tf.tensor1d([0.5, 0.25]);
 * const file = writeSafetensors(
 *   { mean: { dtype: 'float32', shape: mean.shape, values: mean.dataSync<'float32'>() } },
 *   { note: 'after 10 epochs' },
 * );
 * ```
 */
export function writeSafetensors(
  tensors: Readonly<Record<string, TensorRecord>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const entries = Object.entries(tensors).sort(
    ([a, { dtype: p }], [b, { dtype: q }]) =>
      (WRITTEN_DTYPES[p]?.rank ?? 0) - (WRITTEN_DTYPES[q]?.rank ?? 0) || byCodePoint(a, b),
  );
  let reached = 0;
  const members = entries.map(([name, record]) => {
    const begin = reached;
    reached += checkRecord(name, record);
    const { dtype, shape } = record;
    const data = `"data_offsets":[${begin},${reached}]`;
    return `${jsonText(name)}:{"dtype":"${WRITTEN_DTYPES[dtype].code}","shape":[${shape.join(',')}],${data}}`;
  });
  const notes = Object.entries(metadata).sort(([a], [b]) => byCodePoint(a, b));
  if (notes.length > 0) {
    members.unshift(
      `"${METADATA_KEY}":{${notes.map(([key, value]) => `${jsonText(key)}:${jsonText(value)}`).join(',')}}`,
    );
  }
  const header = new TextEncoder().encode(`{${members.join(',')}}`);
  const padded = Math.ceil(header.length / 8) * 8;
  if (padded > MAX_HEADER_BYTES) {
    throw new Error(`writeSafetensors: names and metadata take ${padded} bytes, readers take ${MAX_HEADER_BYTES}`);
  }
  const file = new Uint8Array(8 + padded + reached);
  new DataView(file.buffer).setBigUint64(0, BigInt(padded), true);
  file.set(header, 8);
  file.fill(0x20, 8 + header.length, 8 + padded);
  let at = 8 + padded;
  for (const [, { values }] of entries) {
    file.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    at += values.byteLength;
  }
  return file;
}

/** Number of bytes of a tensor that is fit to be written. */
function checkRecord(name: string, { dtype, shape, values }: TensorRecord): number {
  const owner = `writeSafetensors: tensor ${quoted(name)}`;
  if (name === METADATA_KEY) throw new Error(`${owner}: the format keeps this name for metadata; take another`);
  const written = Object.hasOwn(WRITTEN_DTYPES, dtype) ? WRITTEN_DTYPES[dtype] : undefined;
  if (!written)
    throw new Error(`${owner}: dtype must be one of ${Object.keys(WRITTEN_DTYPES).join(' ')}, got ${dtype}`);
  if (!(values instanceof written.array)) {
    throw new Error(
      `${owner}: values of ${dtype} must be a ${written.array.name}, got ${Object.prototype.toString.call(values)}`,
    );
  }
  const count = shape.every(n => Number.isSafeInteger(n) && n >= 0) ? elementCount(shape) : undefined;
  if (count !== values.length) {
    throw new Error(`${owner}: shape [${shape}] does not hold ${values.length} values`);
  }
  if (dtype === 'bool' && values.some(value => value > 1)) throw new Error(`${owner}: values of bool must be 0 or 1`);
  return values.byteLength;
}

function jsonText(text: string): string {
  if (typeof text !== 'string') throw new Error(`writeSafetensors: metadata must be text, got ${typeof text}`);
  if (hasLoneSurrogate(text)) throw new Error(`writeSafetensors: ${quoted(text)} holds half a surrogate pair`);
  return JSON.stringify(text);
}

/**
 * The order of UTF-8 bytes, which is also the order of code points; `<` goes by UTF-16 units and differs beyond U+FFFF.
 */
function byCodePoint(a: string, b: string): number {
  let i = 0;
  while (i < a.length && a[i] === b[i]) i++;
  const p = a.codePointAt(i) ?? -1;
  const q = b.codePointAt(i) ?? -1;
  return p - q;
}
