import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileStore } from '../data/file-store';
import { type FolderLock, LOCK, lockFolder } from './folder-lock';
import { readWhole } from './open-file';
import { removeAbandonedFiles, TEMPORARY } from './temporary-files';
import { writeAtomically } from './write-file';

/**
 * A folder as a store of checkpoints, made when it is first written to.
 *
 * Each file is written to a temporary name, flushed to the disk and then renamed, so that a process that is killed at
 * any moment leaves whole files only; what such a process left unfinished is removed by a later write.
 *
 * While `fit` trains into it, a file `.lock` keeps other processes out: a second run ends with an error before its first
 * step. A killed process does not hold it: on the same machine that is known at once, on another one after a minute
 * without a sign of life. Reading needs no lock, so `resume` works from a folder that is read-only or in use.
 *
 * @param path The folder, for one run alone.
 * @throws Its methods: when the disk refuses. `lock`: when the folder is in use.
 * @example
 * ```ts
 * const store = folderStore('runs/7');
 * await trainer.resume(store); // nothing there yet: starts at the beginning
 * await trainer.fit(xTrain, { totalEpochs: 2, callbacks: checkpoint({ store }) });
 * ```
 */
export function folderStore(path: string): Required<FileStore> {
  let ownLock: FolderLock | undefined;
  const description = `the folder '${path}'`;
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
    description,
    list: async () => (await all()).filter(name => !name.endsWith(TEMPORARY) && name !== LOCK),
    read: async name => readWhole(place(name)),
    async write(name, bytes) {
      const target = place(name);
      ownLock?.check();
      await removeAbandonedFiles(path);
      await writeAtomically(target, bytes);
    },
    async remove(name) {
      ownLock?.check();
      await rm(place(name), { force: true });
    },
    async rename(from, to) {
      ownLock?.check();
      await rename(place(from), place(to));
    },
    async lock() {
      const lock = await lockFolder(path);
      ownLock = lock;
      return async () => {
        if (ownLock === lock) ownLock = undefined;
        lock.release();
      };
    },
  };
}
