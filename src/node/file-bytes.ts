import { read } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { ByteSource } from '../data/byte-source';
import { FileFormatError } from '../data/file-format-error';

/** Node reads at most 2³¹ − 1 bytes at a time. */
const MOST = 2 ** 30;

/**
 * A file as a source of bytes, for `idxRows`, `rawRows` and `safetensorsRows`; it stays open until `close()`.
 *
 * @param path The file.
 * @throws When it cannot be opened, is no file, or is gzip'd by its name; the error is one line and names the path.
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
  const handle = await open(path).catch(failed);
  const size = await sizeOf(handle).catch(async error => {
    await handle.close();
    return failed(error);
  });
  const under = new Set<Promise<Uint8Array>>();
  let closed: Promise<void> | undefined;
  return {
    name: path,
    size,
    async read(offset, length, signal) {
      if (closed) throw new Error(`fileBytes: cannot read ${path}: it has been closed`);
      const reading = readAt(handle.fd, offset, length, signal);
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

async function sizeOf(handle: FileHandle): Promise<number> {
  const stat = await handle.stat();
  if (!stat.isFile()) throw new Error('it is not a file');
  return stat.size;
}

/** By callback: a batch is a hundred reads of a few bytes, and `FileHandle.read` takes four times as long for each. */
async function readAt(fd: number, offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array> {
  const into = Buffer.allocUnsafe(length);
  let done = 0;
  while (done < length) {
    signal?.throwIfAborted();
    const more = Math.min(length - done, MOST);
    const got = await new Promise<number>((resolve, reject) => {
      read(fd, into, done, more, offset + done, (error, count) => (error ? reject(error) : resolve(count)));
    });
    if (got === 0) break;
    done += got;
  }
  // Not the Buffer itself, whose slice() is no copy.
  return new Uint8Array(into.buffer, into.byteOffset, done);
}

function reason(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT') return 'it does not exist';
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied';
  return error instanceof Error ? error.message : String(error);
}
