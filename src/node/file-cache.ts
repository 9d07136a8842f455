import { readFile } from 'node:fs/promises';
import { join, normalize } from 'node:path';
import type { DatasetCache } from '../datasets/cache';
import { writeAtomically } from './write-file';

/**
 * A folder that downloaded data sets are kept in, as the files they came in: `dir/mnist/train-images-idx3-ubyte.gz`.
 *
 * `readIdxFolder(dir + '/mnist')` reads them too. A file appears whole or not at all.
 *
 * @param dir The folder; made when something is kept.
 * @throws `get` and `set`, for a name that leads out of the folder.
 * @example
 * ```ts
 * const { train, test } = await mnist({ cache: fileCache('data') });
 * ```
 */
export function fileCache(dir: string): DatasetCache {
  const pathOf = (name: string) => {
    const inside = normalize(name);
    if (/^([/\\]|\.\.|[a-z]:)/i.test(inside)) {
      throw new Error(`fileCache: name must stay within the folder, got ${JSON.stringify(name)}`);
    }
    return join(dir, inside);
  };
  return {
    async get(name) {
      try {
        return new Uint8Array(await readFile(pathOf(name)));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    },
    async set(name, bytes) {
      await writeAtomically(pathOf(name), bytes);
    },
  };
}
