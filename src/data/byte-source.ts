import { FileFormatError } from './file-format-error';

/**
 * Bytes that can be read from any place: a file, a `Blob`, ranges of a web address.
 *
 * `blobBytes` makes one of a `Blob`; in Node, `fileBytes` of `tfjs-vae/node` makes one of a path.
 */
export interface ByteSource {
  /** Named in errors: a path, for example. */
  readonly name: string;
  /** Number of bytes. */
  readonly size: number;
  /**
   * `length` bytes from `offset` on, fewer only where the source ends before. Several may be asked for at a time.
   *
   * @param signal Aborted when nobody waits for the bytes any more.
   */
  read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array>;
  /** Gives the file back. */
  close?(): Promise<void>;
}

/**
 * A `Blob`, such as a `File` that the user picked, as a source of bytes; it is never read as a whole.
 *
 * @param blob Stays where it is, mostly on disk.
 * @example
 * ```ts
 * const bytes = blobBytes(new Blob([new Uint8Array([1, 2, 3])]));
 * const last = await bytes.read(2, 1); // 3
 * ```
 */
export function blobBytes(blob: Blob): ByteSource {
  const name = 'name' in blob && typeof blob.name === 'string' ? blob.name : 'the blob';
  return {
    name,
    size: blob.size,
    async read(offset, length) {
      return new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer());
    },
  };
}

/** @throws When what was given is neither a source of bytes nor a `Blob`. */
export function toByteSource(owner: string, given: ByteSource | Blob): ByteSource {
  if (typeof Blob !== 'undefined' && given instanceof Blob) return blobBytes(given);
  if (typeof given === 'object' && given !== null && 'read' in given && Number.isSafeInteger(given.size)) return given;
  throw new Error(`${owner} must be a Blob or a ByteSource { name, size, read }, got ${typeof given}`);
}

/** @throws FileFormatError When the source ends too early, because it has become shorter since it was opened. */
export async function readExactly(
  source: ByteSource,
  offset: number,
  length: number,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const bytes = await source.read(offset, length, signal);
  if (bytes.length === length) return bytes;
  throw new FileFormatError(
    `${source.name}: expected ${length} bytes from ${offset} on, got ${bytes.length}: it had ${source.size} when it was opened and has become shorter since`,
  );
}
