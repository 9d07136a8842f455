import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileStore } from '../data/file-store';
import { TEMPORARY, writeAtomically } from './write-atomically';

/**
 * A folder as a store of checkpoints, made when it is first written to.
 *
 * Each file is written to a temporary name, flushed to the disk and then renamed, so that a process that is killed at
 * any moment leaves whole files only; what such a process left unfinished is removed by the next write.
 *
 * @param path The folder, for one run alone.
 * @example
 * ```ts
 * const store = folderStore('runs/7');
 * await trainer.resume(store); // nothing there yet: starts at the beginning
 * await trainer.fit(xTrain, { totalEpochs: 2, callbacks: checkpoint({ store }) });
 * ```
 */
export function folderStore(path: string): FileStore {
  const all = async () => {
    try {
      return await readdir(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  };
  const place = (name: string) => {
    if (!/^[\w-][\w.-]*$/.test(name)) throw new Error(`folderStore: name must be a plain file name, got '${name}'`);
    return join(path, name);
  };
  return {
    description: `the folder '${path}'`,
    list: async () => (await all()).filter(name => !name.endsWith(TEMPORARY)),
    read: async name => new Uint8Array(await readFile(place(name))),
    async write(name, bytes) {
      for (const left of await all()) if (left.endsWith(TEMPORARY)) await rm(join(path, left), { force: true });
      await writeAtomically(place(name), bytes);
    },
    remove: async name => rm(place(name), { force: true }),
  };
}
