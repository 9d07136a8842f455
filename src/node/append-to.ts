import { appendFile, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * A `write` for `jsonLines` and `csvLog` that adds each line to the end of a file.
 *
 * Missing folders on its path are made. The file is opened for each line and closed again, so nothing is held open, and
 * a line is with the operating system once its promise is fulfilled: it outlives a process that is killed. Lines keep
 * the order of the calls. A last line that was cut off, by a power failure for example, is ended before the first new
 * one.
 *
 * @param path The file; what it already holds stays.
 * @returns Writes one line, without a line break at its end.
 * @throws When the file cannot be written: the promise of that line is rejected.
 * @example
 * ```ts
 * const callbacks = [jsonLines(appendTo('runs/first.jsonl'))];
 * await trainer.fit(xTrain, { epochs: 10, callbacks });
 * ```
 */
export function appendTo(path: string): (line: string) => Promise<void> {
  let last: Promise<unknown> = Promise.resolve();
  let isReady = false;
  return line => {
    const written = last.then(async () => {
      const start = isReady ? '' : await lineStart(path);
      isReady = true;
      await appendFile(path, `${start}${line}\n`);
    });
    // The caller of a line that failed hears of it; the next line is tried all the same.
    last = written.catch(() => {});
    return written;
  };
}

/** A line break where the file ends within a line. */
async function lineStart(path: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, 'a+');
  try {
    const { size } = await file.stat();
    if (size === 0) return '';
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
    return buffer.toString() === '\n' ? '' : '\n';
  } finally {
    await file.close();
  }
}
