import { FileFormatError } from '../data/file-format-error';
import { crc32 } from './crc32';
import type { TensorRecord } from './dtypes';
import { readSafetensors, type Safetensors, writeSafetensors } from './safetensors';

/** What kind of file it is, and in which version. */
export type Seal = { format: string; version: number };

const EMPTY = '00000000';

/** The file may be whole, but it is of a format or version that this release does not know. */
export class UnknownFormatError extends FileFormatError {}

/**
 * A safetensors file that tells what it is, with a checksum over all of its bytes in the metadata: other tools read it
 * as any other, and ours notice damage.
 */
export function seal(
  { format, version }: Seal,
  tensors: Readonly<Record<string, TensorRecord>>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const file = writeSafetensors(tensors, { ...metadata, format, version: String(version), checksum: EMPTY });
  const at = placeOfChecksum(file)!;
  file.set(new TextEncoder().encode(crc32(file).toString(16).padStart(8, '0')), at);
  return file;
}

/**
 * @throws FileFormatError When the file is damaged, of another kind, or of a version that is not known.
 */
export function unseal(owner: string, { format, version }: Seal, bytes: Uint8Array): Safetensors {
  const content = readSafetensors(bytes);
  const kind = content.metadata.get('format');
  if (kind !== format) {
    throw new UnknownFormatError(
      `${owner}: expected a file of the format '${format}', got ${kind ? `'${kind}'` : 'none'}`,
    );
  }
  const found = content.metadata.get('version');
  if (found !== String(version)) {
    throw new UnknownFormatError(
      `${owner}: this release reads version ${version} of '${format}', the file has ${found}; a newer tfjs-vae may read it`,
    );
  }
  const expected = content.metadata.get('checksum');
  const at = placeOfChecksum(bytes);
  if (at === undefined) throw new FileFormatError(`${owner}: the file has no checksum`);
  // The sum is over the file as it was before the sum was written into it. It is taken piece by piece, to spare a copy.
  const pieces = [bytes.subarray(0, at), new TextEncoder().encode(EMPTY), bytes.subarray(at + EMPTY.length)];
  const actual = pieces
    .reduce((sum, piece) => crc32(piece, sum), 0)
    .toString(16)
    .padStart(8, '0');
  if (actual !== expected) {
    throw new FileFormatError(`${owner}: the file is damaged: its checksum is ${actual}, not ${expected}`);
  }
  return content;
}

/** The first match is the key itself: keys are sorted, and no text before it can hold an unescaped quote. */
function placeOfChecksum(file: Uint8Array): number | undefined {
  const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  const key = new TextEncoder().encode('"checksum":"');
  const end = Math.min(8 + length, file.length) - key.length - EMPTY.length;
  for (let at = file.indexOf(key[0]!, 8); at >= 0 && at <= end; at = file.indexOf(key[0]!, at + 1)) {
    if (key.every((byte, i) => file[at + i] === byte)) return at + key.length;
  }
  return undefined;
}
