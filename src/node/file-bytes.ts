import type { ByteSource } from '../data/byte-source';
import { FileFormatError } from '../data/file-format-error';
import { openFile, readAt } from './open-file';

/**
 * A file as a source of bytes, for `idxRows`, `rawRows` and `safetensorsRows`; it stays open until `close()`.
 *
 * @param path The file.
 * @throws When it cannot be opened, is not a file, or its name says that it is gzip'd; the error is one line and names
 * the path.
 * @example
 * ```ts
 * const bytes = await fileBytes('data/train-images-idx3-ubyte');
 * const header = await bytes.read(0, 16);
 * await bytes.close();
 * ```
 */
export async function fileBytes(path: string): Promise<Required<ByteSource>> {
  if (/\.t?gz$/i.test(path)) {
    throw new FileFormatError(`fileBytes: ${path} is gzip'd, and cannot be read from the middle; unpack it first`);
  }
  const failed = (error: unknown): never => {
    throw new Error(`fileBytes: cannot read ${path}: ${reason(error)}`, { cause: error });
  };
  const { handle, size } = await openFile(path).catch(failed);
  const under = new Set<Promise<Uint8Array>>();
  let closed: Promise<void> | undefined;
  return {
    name: path,
    size,
    async read(offset, length, signal) {
      if (closed) throw new Error(`fileBytes: cannot read ${path}: it has been closed`);
      const reading = readRange(handle.fd, offset, length, signal);
      under.add(reading);
      try {
        return await reading;
      } catch (error) {
        return failed(error);
      } finally {
        under.delete(reading);
      }
    },
    close() {
      // Another file could get the number of a file that is closed under a read.
      closed ??= Promise.allSettled(under).then(() => handle.close());
      return closed;
    },
  };
}

async function readRange(fd: number, offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array> {
  const into = Buffer.allocUnsafe(length);
  const done = await readAt(fd, into, offset, { signal });
  // Not the Buffer itself: its slice() does not copy.
  return new Uint8Array(into.buffer, into.byteOffset, done);
}

function reason(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT') return 'it does not exist';
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied';
  return error instanceof Error ? error.message : String(error);
}
