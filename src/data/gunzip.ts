import { FileFormatError } from './file-format-error';

/** Up to this size gzip data may grow, however small they were. */
const ALWAYS_ALLOWED = 2 ** 28;
/**
 * Beyond that, they may grow to this many times their size: MNIST grows fivefold, binary images thirtyfold, zeros a
 * thousandfold.
 */
const LARGEST_RATIO = 100;

/** Whether bytes begin as gzip does (RFC 1952, section 2.3.1). */
export function isGzip(bytes: ArrayBuffer | Uint8Array): boolean {
  const [id1, id2] = ArrayBuffer.isView(bytes) ? bytes : new Uint8Array(bytes, 0, Math.min(2, bytes.byteLength));
  return id1 === 0x1f && id2 === 0x8b;
}

/**
 * Unpacks gzip through the web-standard `DecompressionStream`, which Node 18 and browsers have.
 *
 * @param limit Unpacking ends with an error as soon as it has given more bytes than this.
 * @throws FileFormatError When the data is damaged or cut short, or grows beyond the limit.
 */
export async function gunzip(bytes: ArrayBuffer | Uint8Array, limit = defaultLimit(bytes)): Promise<Uint8Array> {
  const unpacked = new Blob([bytes as BlobPart]).stream().pipeThrough(new DecompressionStream('gzip'));
  const reader: ReadableStreamDefaultReader<Uint8Array> = unpacked.getReader();
  const pieces: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read().catch(refuse);
    if (done) return join(pieces, size);
    pieces.push(value);
    size += value.length;
    if (size > limit) {
      await reader.cancel().catch(() => {}); // the stream may have failed meanwhile; it is given up anyway
      throw new FileFormatError(
        `gunzip: ${bytes.byteLength} bytes of gzip unpack to more than ${limit}; where that is right, unpack them ` +
          'beforehand',
      );
    }
  }
}

function defaultLimit({ byteLength }: ArrayBuffer | Uint8Array): number {
  return Math.max(ALWAYS_ALLOWED, LARGEST_RATIO * byteLength);
}

function refuse(cause: unknown): never {
  const reason = cause instanceof Error ? cause.message : String(cause);
  throw new FileFormatError(`gunzip: the gzip data is damaged or cut short (${reason})`, { cause });
}

function join(pieces: readonly Uint8Array[], size: number): Uint8Array {
  const whole = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
