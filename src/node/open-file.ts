import { constants } from 'node:buffer';
import { read } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { totalmem } from 'node:os';

/** Node reads at most 2³¹ − 1 bytes at a time. */
const MOST = 2 ** 30;

/**
 * Opens a file for reading.
 *
 * @throws When there is no such file, or something else is in its place: opening a pipe would wait for somebody to
 * write to it.
 */
export async function openFile(path: string): Promise<{ handle: FileHandle; size: number }> {
  checkFile(await stat(path));
  const handle = await open(path);
  try {
    const found = await handle.stat();
    checkFile(found);
    return { handle, size: found.size };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Fills `into` from an offset on; returns how many bytes there were. */
export async function readAt(
  fd: number,
  into: Uint8Array,
  offset: number,
  { signal, most = MOST }: { signal?: AbortSignal | undefined; most?: number } = {},
): Promise<number> {
  let done = 0;
  while (done < into.length) {
    signal?.throwIfAborted();
    const more = Math.min(into.length - done, most);
    // By callback: a batch is a hundred reads of a few bytes, and `FileHandle.read` takes four times as long for each.
    const got = await new Promise<number>((resolve, reject) => {
      read(fd, into, done, more, offset + done, (error, count) => (error ? reject(error) : resolve(count)));
    });
    if (got === 0) break;
    done += got;
  }
  return done;
}

/**
 * All bytes of a file, as large as memory can hold; Node's own `readFile` stops at 2 GiB.
 *
 * @throws When it cannot be read, is not a file, or is larger than memory.
 */
export async function readWhole(path: string): Promise<Uint8Array> {
  const { handle, size } = await openFile(path);
  try {
    const room = Math.min(constants.MAX_LENGTH, totalmem(), process.constrainedMemory?.() || Infinity);
    if (size > room) throw new Error(`it has ${size} bytes, and at most ${room} can be read into memory here`);
    const bytes = new Uint8Array(size);
    const done = await readAt(handle.fd, bytes, 0);
    if (done < size) throw new Error(`it ended at byte ${done} of ${size} while it was read`);
    return bytes;
  } finally {
    await handle.close();
  }
}

function checkFile(found: { isFile(): boolean }): void {
  if (!found.isFile()) throw new Error('it is not a file');
}
